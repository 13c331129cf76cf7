import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

import type { FromLane, PackedFromLane, ResponseHead } from '../../../runtime/gateway/messages.ts';
import { unpackFromLane } from '../../../runtime/gateway/messages.ts';
import { AnswerSender } from '../../../runtime/worker/answer-sender.ts';
import { Outbox } from '../../../runtime/worker/outbox.ts';

const HEAD: ResponseHead = {
  status: 200,
  fields: [],
  contentLength: null,
  isConnectionClosed: false,
  instructions: [],
};

const FLOW = { pause: () => undefined, resume: () => undefined };

function sending() {
  const { port1, port2 } = new MessageChannel();
  const outbox = new Outbox(port1);
  const sender = new AnswerSender(7, outbox, FLOW, () => undefined);
  /** What has been said since it was last asked, at the end of this turn. */
  const said = (): FromLane[] => {
    outbox.flush();
    const received: { readonly message: readonly PackedFromLane[] } | undefined =
      receiveMessageOnPort(port2);
    return (received?.message ?? []).map(unpackFromLane);
  };
  const types = (): string[] => said().map(({ type }) => type);
  return { sender, said, types };
}

function bytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x61);
}

describe('AnswerSender', () => {
  test('says a head at the end of the turn', () => {
    const { sender, types } = sending();
    sender.onHead(HEAD);
    expect(types()).toEqual(['head']);
  });

  test('says nothing of a small answer that it holds, and then all of it at once', () => {
    const { sender, said } = sending();
    sender.hold();
    sender.onHead(HEAD);
    sender.onBody(bytes(2));
    expect(said()).toEqual([]);
    sender.onBody(bytes(1));
    expect(said()).toEqual([]);
    sender.end();
    sender.release('closed', 0);
    const [answer, ...rest] = said();
    expect(answer).toMatchObject({ type: 'answer', body: 'aaa', released: 'closed' });
    expect(rest).toEqual([]);
  });

  test('says what it holds when it is let go, and holds nothing after', () => {
    const { sender, types } = sending();
    sender.hold();
    sender.onHead(HEAD);
    sender.onBody(bytes(1));
    sender.letGo();
    expect(types()).toEqual(['head', 'chunk']);
    sender.onBody(bytes(1));
    expect(types()).toEqual(['chunk']);
  });

  test('says nothing when it is let go with nothing', () => {
    const { sender, types } = sending();
    sender.hold();
    sender.letGo();
    expect(types()).toEqual([]);
    sender.onHead(HEAD);
    expect(types()).toEqual(['head']);
  });

  test('holds no large answer', () => {
    const { sender, types } = sending();
    sender.hold();
    sender.onHead(HEAD);
    sender.onBody(bytes(64 * 1024));
    expect(types()).toEqual([]);
    sender.onBody(bytes(1));
    expect(types()).toEqual(['head', 'chunk', 'chunk']);
  });

  test('says a failure in the place of what it holds', () => {
    const { sender, types } = sending();
    sender.hold();
    sender.onHead(HEAD);
    sender.onBody(bytes(1));
    sender.fail({ code: 'HWR_CGI_KILLED', message: 'gone', isUnsent: false, scope: 'request' });
    expect(types()).toEqual(['fail']);
  });

  test('says that a dropped answer is released, and no more', () => {
    const { sender, types } = sending();
    sender.hold();
    sender.onHead(HEAD);
    sender.drop();
    sender.release('closed', 0);
    expect(types()).toEqual(['released']);
  });
});
