/** The body of a request on its way to a program that reads it while it comes. */
import type { GatewayCall } from '../gateway/gateway.ts';
import type { RequestBody } from '../http/request-body.ts';
import { readSpooled, type SpooledBody } from '../http/spooled-body.ts';
import { ProgramTime } from './program-time.ts';

/** A body that waits in a file. */
export type BodyFile = Extract<SpooledBody, { kind: 'file' }>;

/** Moves one body, no faster than the program takes it. */
export class ScriptBodyPump {
  readonly #call: GatewayCall;
  /** null when nothing is waited for any more. */
  #time: ProgramTime | null;
  #isStopped = false;
  #isAllThere = false;
  #onDrain: (() => void) | null = null;

  /** @param onTimeOver - The program itself has taken longer than `timeoutMs`. */
  constructor(call: GatewayCall, timeoutMs: number, onTimeOver: () => void) {
    this.#call = call;
    this.#time = new ProgramTime(timeoutMs, onTimeOver);
  }

  /** True when nothing of the body is the client's to send any more. */
  get isAllThere(): boolean {
    return this.#isAllThere;
  }

  /** Moves what the client sends. */
  pumpClient(body: Pick<RequestBody, 'read' | 'resume'>, onClientFailure: () => void): void {
    const onDrain = (): void => {
      this.#time?.pause();
      body.resume();
    };
    this.#onDrain = onDrain;
    body.read({
      onData: (bytes) => {
        if (this.#isStopped || this.#call.writeBody(bytes)) return true;
        this.#time?.run();
        return false;
      },
      onEnd: () => this.#end(),
      onFailure: onClientFailure,
    });
  }

  /** Moves what has been put aside. */
  async pumpFile({ file }: BodyFile): Promise<void> {
    this.#isAllThere = true;
    this.#time?.run();
    await readSpooled(file, async (bytes) => {
      if (this.#isStopped) return false;
      if (!this.#call.writeBody(bytes)) {
        await new Promise<void>((resolve) => {
          this.#onDrain = resolve;
        });
      }
      return !this.#isStopped;
    });
    if (!this.#isStopped) this.#end();
  }

  /** The program took some of it. */
  drained(): void {
    this.#onDrain?.();
  }

  /** The program gets no more of it; what still comes from the client is dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#time?.stop();
    this.#time = null;
    this.#onDrain?.();
  }

  #end(): void {
    this.#isAllThere = true;
    if (this.#isStopped) return;
    this.#call.endBody();
    this.#time?.run();
  }
}
