/** What is looked at once for all requests that came in together. */
import { performance } from 'node:perf_hooks';
import type { ByteString } from './byte-string.ts';
import type { LinkChecks } from './link-checks.ts';
import type { FileFacts, FileSystem } from './routing/file-system.ts';

/** How many paths are remembered. Requests that come in together are for many files, or for one that everybody wants. */
const MAX_LOOKS = 4;

/** A turn of the event loop: the number of times that the system was asked what has come in. */
function currentTurn(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}

/**
 * Remembers what a path led to, for this turn of the event loop. All that is read in a turn was there before it began, and
 * so before the first look: no request is answered by what was before it was sent. Whoever knows of one for which that is
 * not so {@link forget}s.
 */
export class LooksOfTurn implements FileSystem {
  readonly #files: FileSystem;
  readonly #linkChecks: LinkChecks;
  readonly #turn: () => number;
  #turnOfLooks = -1;
  readonly #paths: ByteString[] = [];
  readonly #facts: FileFacts[] = [];
  #count = 0;
  #next = 0;

  constructor(files: FileSystem, linkChecks: LinkChecks, turn = currentTurn) {
    this.#files = files;
    this.#linkChecks = linkChecks;
    this.#turn = turn;
  }

  /** What is looked at from now on is looked at again. */
  forget(): void {
    this.#count = 0;
    this.#next = 0;
  }

  look(path: ByteString): FileFacts {
    const known = this.#known(path);
    if (known !== null) return known;
    const facts = this.#files.look(path);
    this.#paths[this.#next] = path;
    this.#facts[this.#next] = facts;
    this.#next = (this.#next + 1) % MAX_LOOKS;
    this.#count = Math.min(this.#count + 1, MAX_LOOKS);
    return facts;
  }

  lookForFile(path: ByteString): FileFacts | null {
    return this.#files.lookForFile(path);
  }

  isReadable(path: ByteString): boolean {
    return this.#files.isReadable(path);
  }

  isExecutable(path: ByteString): boolean {
    return this.#files.isExecutable(path);
  }

  isWithin(path: ByteString, root: ByteString): boolean {
    return this.#linkChecks.isWithin(path, root, this.#known(path));
  }

  #known(path: ByteString): FileFacts | null {
    const turn = this.#turn();
    if (turn !== this.#turnOfLooks) {
      this.#turnOfLooks = turn;
      this.forget();
    }
    for (let at = 0; at < this.#count; at += 1) {
      const known = this.#facts[at];
      if (known !== undefined && this.#paths[at] === path) return known;
    }
    return null;
  }
}
