import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pace } from '../../../runtime/http/pace.ts';
import { PacedBody } from '../../../runtime/http/paced-body.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A body at 800 bytes a second, in parts of 100, and what became of it. */
function pacedBody(isTaken = true): {
  readonly body: PacedBody;
  readonly events: (string | number)[];
} {
  const events: (string | number)[] = [];
  const response = {
    write: (bytes: Uint8Array) => {
      events.push(bytes.length);
      return isTaken;
    },
    end: () => {
      events.push('end');
    },
  };
  return { body: new PacedBody(response, new Pace(() => 800), () => undefined), events };
}

describe('PacedBody', () => {
  test('sends a part at once, and the others when their time has come', () => {
    const { body, events } = pacedBody();
    body.push(new Uint8Array(250));
    expect(events).toEqual([100]);
    vi.advanceTimersByTime(124);
    expect(events).toEqual([100]);
    vi.advanceTimersByTime(1);
    expect(events).toEqual([100, 100]);
    vi.advanceTimersByTime(1000);
    expect(events).toEqual([100, 100, 50]);
  });

  test('ends with its last part', () => {
    const { body, events } = pacedBody();
    body.push(new Uint8Array(150));
    body.end();
    expect(events).toEqual([100]);
    vi.advanceTimersByTime(125);
    expect(events).toEqual([100, 50, 'end']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends at once when nothing waits', () => {
    const { body, events } = pacedBody();
    body.push(new Uint8Array(0));
    body.end();
    expect(events).toEqual(['end']);
  });

  test('waits for a client that takes nothing', () => {
    const { body, events } = pacedBody(false);
    body.push(new Uint8Array(200));
    vi.advanceTimersByTime(10_000);
    expect(events).toEqual([100]);
    body.drained();
    expect(events).toEqual([100, 100]);
  });

  test('sends nothing more when it is stopped', () => {
    const { body, events } = pacedBody();
    body.push(new Uint8Array(200));
    body.stop();
    body.end();
    vi.advanceTimersByTime(10_000);
    expect(events).toEqual([100]);
  });
});
