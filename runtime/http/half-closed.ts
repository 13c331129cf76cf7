/** A client that has stopped sending, and may have gone. */
import type { Socket } from 'node:net';
import { HALF_CLOSED_ASK_TICKS, HALF_CLOSED_GRACE_MS, RESET_WAIT_MS } from '../limits.ts';
import { isConnected } from './is-connected.ts';
import { queuedInSystem } from './queued-in-system.ts';

/** The answer that such a client waits for. */
export interface AnswerUnderWay {
  readonly isHeadSent: boolean;
  /** Whether the client knows interim answers (1xx). */
  readonly isInterimTaken: boolean;
  /** Sends something ahead of the head that changes nothing for the client. @returns false when nothing is left to send. */
  probe(): boolean;
}

/**
 * A client that closes and one that only stops sending look alike, until something is sent: the system of one that has
 * closed answers with a reset. An answer that does not come by itself in a moment is therefore preceded by
 * `100 Continue`, which clients expect at any time (RFC 9110 §15.2), now and then. Over HTTP/1.0 the first bytes of the
 * answer are sent one by one, which are the same for all answers. They last for minutes when each pause is twice the one
 * before it; a client that has waited for so long counts as present. Where the head is sent already, silence counts as a
 * close, and the program behind the answer is told.
 */
export function watchHalfClosed(socket: Socket, underWay: () => AnswerUnderWay | null): void {
  let { bytesWritten } = socket;
  let isTaking = false;
  let quietTicks = 0;
  let probes = 0;
  const timer = setInterval(() => {
    const current = underWay();
    if (current === null) {
      clearInterval(timer);
      return;
    }
    if (!isConnected(socket)) {
      socket.destroy();
      return;
    }
    // A client that takes its time has something to take.
    if (socket.writableLength + queuedInSystem(socket) > 0) return;
    if (bytesWritten !== socket.bytesWritten) {
      bytesWritten = socket.bytesWritten;
      isTaking = true;
      quietTicks = 0;
      return;
    }
    quietTicks += 1;
    if (current.isHeadSent) {
      if (!isTaking) socket.destroy();
      return;
    }
    const pauseTicks = current.isInterimTaken ? HALF_CLOSED_ASK_TICKS : 2 ** probes;
    if ((isTaking && quietTicks < pauseTicks) || !current.probe()) return;
    probes += 1;
    setTimeout(() => {
      if (!isConnected(socket)) socket.destroy();
    }, RESET_WAIT_MS);
  }, HALF_CLOSED_GRACE_MS);
  socket.once('close', () => clearInterval(timer));
}
