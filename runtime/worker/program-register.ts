/** The programs that a lane has started and not yet waited for, written where the main thread finds them. */
import { PLACE_NUMBERS } from '../gateway/messages.ts';

/** Where what belongs to one program is written down; views of the same memory. */
export interface ProgramPlace {
  /** False for one that nobody reads. */
  readonly isRead: boolean;
  /** Of length 1. */
  readonly pid: Int32Array;
  /** The ends of its three pipes, as pipe2(2) gives them; 0 for those that are closed, or that a stream closes. */
  readonly ends: Int32Array;
  /** The two ends of each. */
  readonly pipes: readonly Int32Array[];
}

function placeIn(numbers: Int32Array, isRead: boolean): ProgramPlace {
  return {
    isRead,
    pid: numbers.subarray(0, 1),
    ends: numbers.subarray(1, PLACE_NUMBERS),
    pipes: [1, 3, 5].map((end) => numbers.subarray(end, end + 2)),
  };
}

/** Programs of a lane, written down where the main thread finds them when the lane dies. */
export class ProgramRegister {
  readonly #numbers: Int32Array;
  /** Those that were given before. */
  readonly #places: ProgramPlace[] = [];

  /** @param numbers - Shared with the main thread, PLACE_NUMBERS for each program. Without any, nothing is written down. */
  constructor(numbers: Int32Array = new Int32Array(0)) {
    this.#numbers = numbers;
  }

  /** A place for the next program; one that nobody reads when all are taken. */
  place(): ProgramPlace {
    const numbers = this.#numbers;
    let first = 0;
    while (first < numbers.length && numbers[first] !== 0) first += PLACE_NUMBERS;
    if (first >= numbers.length) return placeIn(new Int32Array(PLACE_NUMBERS), false);
    const known = this.#places[first / PLACE_NUMBERS];
    if (known !== undefined) return known;
    const place = placeIn(numbers.subarray(first, first + PLACE_NUMBERS), true);
    this.#places[first / PLACE_NUMBERS] = place;
    return place;
  }

  /** Frees the place of a program that has been waited for: its number may now be another's. */
  crossOut(pid: number): void {
    const numbers = this.#numbers;
    for (let first = 0; first < numbers.length; first += PLACE_NUMBERS) {
      if (numbers[first] !== pid) continue;
      numbers[first] = 0;
      return;
    }
  }

  /** The numbers of all that are written down. */
  programs(): readonly number[] {
    return [...this.#numbers.filter((pid, index) => pid !== 0 && index % PLACE_NUMBERS === 0)];
  }
}
