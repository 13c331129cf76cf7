/**
 * A line of things in the order they came, out of which each can step at any time.
 *
 * Not a `Set`, for the reason in slot-table.ts.
 */

/** Where a thing stands; it is in one line at most. */
export interface Standing<Thing> {
  before: Thing | null;
  behind: Thing | null;
  isInLine: boolean;
}

/** Things in the order they came, linked one to the next. */
export class Line<Thing extends Standing<Thing>> {
  #first: Thing | null = null;
  #last: Thing | null = null;
  #size = 0;

  get first(): Thing | null {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts a thing that is in no line at the end. */
  add(thing: Thing): void {
    thing.isInLine = true;
    thing.before = this.#last;
    if (this.#last === null) this.#first = thing;
    else this.#last.behind = thing;
    this.#last = thing;
    this.#size += 1;
  }

  /** Puts a thing that is in no line before one that is in this one. */
  addBefore(thing: Thing, behind: Thing): void {
    const { before } = behind;
    thing.isInLine = true;
    thing.before = before;
    thing.behind = behind;
    behind.before = thing;
    if (before === null) this.#first = thing;
    else before.behind = thing;
    this.#size += 1;
  }

  /** Takes a thing out. @returns false when it is in no line. */
  remove(thing: Thing): boolean {
    if (!thing.isInLine) return false;
    const { before, behind } = thing;
    if (before === null) this.#first = behind;
    else before.behind = behind;
    if (behind === null) this.#last = before;
    else behind.before = before;
    thing.before = null;
    thing.behind = null;
    thing.isInLine = false;
    this.#size -= 1;
    return true;
  }

  /** From the first to the last; the one just given may step out. */
  *[Symbol.iterator](): Generator<Thing> {
    for (let thing = this.#first; thing !== null;) {
      const next: Thing | null = thing.behind;
      yield thing;
      thing = next;
    }
  }
}
