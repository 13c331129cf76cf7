/**
 * A lane: the one long-lived task of a worker thread, which carries any number of requests at once.
 *
 * It hears and answers on the port that it was given; each message, either way, is all that one turn of the event loop
 * produced. A lane decides nothing that outlives it: which member, how many connections and who waits is the main
 * thread's business.
 */
import { threadId, type MessagePort } from 'node:worker_threads';
import {
  PING,
  unpackToLane,
  type GatewayTask,
  type PackedToLane,
  type Programs,
  type ToLane,
  type ValuesAnswer,
} from '../gateway/messages.ts';
import type { Endpoint } from '../../routing-table/schema.ts';
import { askValues } from './ask-values.ts';
import { CgiRequest } from './cgi-request.ts';
import { Deadlines } from '../deadlines.ts';
import { errorCodeOrMessage } from '../error-code.ts';
import { SlotTable } from '../slot-table.ts';
import { describeConnectError } from './connect-error.ts';
import { ConnectionPool } from './connection-pool.ts';
import { FastCgiRequest, type FastCgiResources } from './fastcgi-request.ts';
import { Outbox } from './outbox.ts';
import { ProgramRegister } from './program-register.ts';
import { keepProgramsIn } from './spawn.ts';
import { RequestLines } from './request-lines.ts';
import { SharedConnections } from './shared-connections.ts';

type Run = FastCgiRequest | CgiRequest;

/** An application that takes a connection and knows the question answers at once. */
const ASK_LIMITS = { connectMs: 2000, answerMs: 500 };

/** Runs until the main thread sends `shutdown` or closes its end of the port. */
export default function runLane(port: MessagePort): Promise<void> {
  return new Promise((resolve) => {
    const lane = new Lane(port, resolve);
    // The other end is ours too: a batch has the shape that it was posted with.
    port.on('message', (batch: readonly PackedToLane[] | typeof PING | Programs) => {
      if (batch instanceof Int32Array) {
        keepProgramsIn(new ProgramRegister(batch));
        return;
      }
      if (batch === PING) {
        port.postMessage(threadId);
        return;
      }
      for (const packed of batch) lane.accept(unpackToLane(packed));
    });
    port.on('close', () => {
      lane.shutDown();
    });
    // Says which thread this is before anything can hold it up.
    port.postMessage(threadId);
  });
}

class Lane {
  readonly #port: MessagePort;
  readonly #onShutDown: () => void;
  readonly #outbox: Outbox;
  readonly #fastCgi: FastCgiResources;
  readonly #runs = new SlotTable<Run>();
  #isShutDown = false;

  constructor(port: MessagePort, onShutDown: () => void) {
    this.#port = port;
    this.#onShutDown = onShutDown;
    this.#outbox = new Outbox(port);
    const pool = new ConnectionPool((endpoint, count, asked) => {
      this.#outbox.add({ type: 'idle-closed', endpoint, count, asked });
    });
    this.#fastCgi = {
      pool,
      shared: new SharedConnections(),
      lines: new RequestLines((endpoint) => {
        this.#serveIdle(endpoint);
      }),
      outbox: this.#outbox,
      deadlines: new Deadlines(),
    };
  }

  accept(message: ToLane): void {
    switch (message.type) {
      case 'task':
        this.#runs.set(message.task.id, this.#start(message.task));
        break;
      case 'body-chunk':
        this.#runs.get(message.id)?.writeBody(message.bytes);
        break;
      case 'body-end':
        this.#runs.get(message.id)?.endBody();
        break;
      case 'credit':
        this.#runs.get(message.id)?.grant(message.bytes);
        break;
      case 'abort':
        this.#runs.get(message.id)?.abort();
        break;
      case 'abort-connecting':
        this.#abortConnecting(message.id);
        break;
      case 'recall':
        this.#giveBack(message.id);
        break;
      case 'close-idle':
        this.#fastCgi.pool.closeIdle(message.endpoint, message.atMost);
        break;
      case 'ask-values':
        void this.#askValues(message.endpoint);
        break;
      case 'shutdown':
        this.shutDown();
        break;
    }
  }

  /** Ends everything at once. */
  shutDown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    for (const run of this.#runs.values()) {
      if (run instanceof CgiRequest) run.kill();
      else run.abort();
    }
    this.#fastCgi.lines.close();
    this.#fastCgi.pool.close();
    this.#fastCgi.shared.close();
    this.#outbox.flush();
    this.#port.close();
    this.#onShutDown();
  }

  async #askValues(endpoint: Endpoint): Promise<void> {
    const asked = await askValues(endpoint, ASK_LIMITS);
    const answer: ValuesAnswer =
      asked.kind === 'refused'
        ? {
            kind: 'refused',
            reason: await describeConnectError(endpoint, errorCodeOrMessage(asked.error)),
          }
        : asked;
    if (!this.#isShutDown) this.#outbox.add({ type: 'values', endpoint, answer });
  }

  /** Gives idle connections to those that wait for one. */
  #serveIdle(endpoint: Endpoint): void {
    const { lines, pool } = this.#fastCgi;
    for (let next = lines.first(endpoint); next !== null; next = lines.first(endpoint)) {
      const idle = pool.take(endpoint);
      if (idle === null) return;
      lines.remove(next);
      next.takeIdle(idle);
    }
  }

  #abortConnecting(id: number): void {
    const run = this.#runs.get(id);
    if (run instanceof FastCgiRequest) run.abortConnecting();
  }

  #giveBack(id: number): void {
    const run = this.#runs.get(id);
    if (!(run instanceof FastCgiRequest) || !this.#fastCgi.lines.remove(run)) return;
    this.#runs.delete(id);
    this.#outbox.add({ type: 'returned', id });
  }

  #start(task: GatewayTask): Run {
    const { id } = task;
    const onReleased = (): void => {
      this.#runs.delete(id);
    };
    return task.kind === 'fastcgi'
      ? new FastCgiRequest(task, this.#fastCgi, onReleased)
      : new CgiRequest(task, this.#fastCgi, onReleased);
  }
}
