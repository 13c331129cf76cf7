/**
 * Values by number, for what comes and goes thousands of times a second.
 *
 * Not a `Map`: one that is added to and deleted from makes a new table now and then, and V8's old one points to it. Once
 * an old table has grown old in the heap, each keeps the next alive with all that was in it, until a full collection:
 * a third of the server's time went there.
 */

/**
 * Numbers are slots plus a multiple of this, so that values that have a slot one after the other have other numbers. All fit
 * in 31 bits: larger ones are objects to V8, and taken apart by a call.
 */
const SLOTS = 2 ** 20;
const MAX_TURNS = 2 ** 11 - 1;

/** Values by small numbers, which are used again. */
export class SlotTable<Value> {
  readonly #numbers: number[] = [];
  readonly #values: (Value | null)[] = [];
  readonly #free: number[] = [];
  /** How often each slot was given, from 1 to {@link MAX_TURNS} and around. */
  readonly #turns: number[] = [];
  #end = 0;

  /** A number that is not in use and was not a moment ago, for {@link set}. */
  take(): number {
    const slot = this.#free.pop() ?? this.#end++;
    const turn = ((this.#turns[slot] ?? 0) % MAX_TURNS) + 1;
    this.#turns[slot] = turn;
    return turn * SLOTS + slot;
  }

  /** @param number - By {@link take}, of this table or of the one that gives the numbers. */
  set(number: number, value: Value): void {
    const slot = number % SLOTS;
    this.#numbers[slot] = number;
    this.#values[slot] = value;
  }

  get(number: number): Value | undefined {
    const slot = number % SLOTS;
    return this.#numbers[slot] === number ? (this.#values[slot] ?? undefined) : undefined;
  }

  /** @returns false when there is nothing of this number. */
  delete(number: number): boolean {
    const slot = number % SLOTS;
    if (this.#numbers[slot] !== number) return false;
    this.#numbers[slot] = 0;
    this.#values[slot] = null;
    this.#free.push(slot);
    return true;
  }

  /** A copy: what is set or deleted meanwhile changes nothing in it. */
  entries(): (readonly [number: number, value: Value])[] {
    const entries: (readonly [number, Value])[] = [];
    for (const [slot, value] of this.#values.entries()) {
      const number = this.#numbers[slot];
      if (value !== null && number !== undefined) entries.push([number, value]);
    }
    return entries;
  }

  values(): Value[] {
    return this.#values.filter((value) => value !== null);
  }
}
