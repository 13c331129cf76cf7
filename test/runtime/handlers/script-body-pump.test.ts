import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { GatewayCall } from '../../../runtime/gateway/gateway.ts';
import { ScriptBodyPump } from '../../../runtime/handlers/script-body-pump.ts';
import type { BodyReader } from '../../../runtime/http/request-body.ts';

const TIME_FOR_CGI_MS = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pump between a client, of which the reader is shown, and a program that takes what it is told to. */
function makePump() {
  const events: string[] = [];
  const program = { isReading: true };
  const call: GatewayCall = {
    writeBody(bytes) {
      events.push(`write ${Buffer.from(bytes).toString()}`);
      return program.isReading;
    },
    endBody: () => void events.push('end'),
    grant: () => void events.push('grant'),
    abort: () => void events.push('abort'),
    goOnWithoutClient: () => false,
  };
  const pump = new ScriptBodyPump(call, TIME_FOR_CGI_MS, () => void events.push('time over'));
  let reader: BodyReader | null = null;
  const body = {
    read: (one: BodyReader) => void (reader = one),
    resume: () => void events.push('resume'),
  };
  pump.pumpClient(body, () => void events.push('client failed'));
  const client = (): BodyReader => {
    if (reader === null) throw new Error('nobody reads the body');
    return reader;
  };
  return { events, program, pump, client: client() };
}

test('a body goes to the program as it comes', () => {
  const { events, client } = makePump();
  expect(client.onData(Buffer.from('a'))).toBe(true);
  expect(client.onData(Buffer.from('b'))).toBe(true);
  client.onEnd();
  expect(events).toEqual(['write a', 'write b', 'end']);
});

test('a client is held back until the program has taken what is there', () => {
  const { events, program, pump, client } = makePump();
  program.isReading = false;
  expect(client.onData(Buffer.from('a'))).toBe(false);
  pump.drained();
  expect(events).toEqual(['write a', 'resume']);
});

test('a client that sends slowly uses up nothing of the time of the program', () => {
  const { events, client } = makePump();
  client.onData(Buffer.from('a'));
  vi.advanceTimersByTime(10 * TIME_FOR_CGI_MS);
  expect(events).toEqual(['write a']);
});

test('a program that does not read its body runs out of time', () => {
  const { events, program, client } = makePump();
  program.isReading = false;
  client.onData(Buffer.from('a'));
  vi.advanceTimersByTime(TIME_FOR_CGI_MS);
  expect(events).toEqual(['write a', 'time over']);
});

test('a program has its time for the answer after the body', () => {
  const { events, client } = makePump();
  client.onEnd();
  vi.advanceTimersByTime(TIME_FOR_CGI_MS);
  expect(events).toEqual(['end', 'time over']);
});

test('what comes after the answer is dropped, and the client not held back for it', () => {
  const { events, program, pump, client } = makePump();
  program.isReading = false;
  client.onData(Buffer.from('a'));
  pump.stop();
  expect(client.onData(Buffer.from('b'))).toBe(true);
  client.onEnd();
  vi.advanceTimersByTime(10 * TIME_FOR_CGI_MS);
  expect(events).toEqual(['write a', 'resume']);
});

test('a client that breaks off is told of', () => {
  const { events, client } = makePump();
  client.onFailure('broken');
  expect(events).toEqual(['client failed']);
});
