import type { ByteString } from './byte-string.ts';

/** Lets what changes a file happen one after the other, file by file. */
export class FileTurns {
  readonly #last = new Map<ByteString, Promise<void>>();

  /** Does something when everything before it that is about the same path is done. Ends as `act` does. */
  async take<Result>(path: ByteString, act: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(path) ?? Promise.resolve();
    const turn = before.then(act);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(path, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(path) === settled) this.#last.delete(path);
    }
  }

  /** Paths that somebody works at or waits for. */
  get size(): number {
    return this.#last.size;
  }
}
