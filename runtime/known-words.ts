/**
 * Values by short texts that come in from outside again and again: names of fields, extensions.
 *
 * Not a `Map`: such a text is a new string each time, which V8 looks up among all that it knows before it looks into a
 * `Map`. That takes longer than to compare it with the few of its length.
 */

interface Word<Value> {
  readonly text: string;
  readonly value: Value;
}

/** For some dozens of texts. */
export class KnownWords<Value> {
  readonly #byLength: Word<Value>[][] = [];
  readonly #maxOfLength: number;

  /** @param maxOfLength - Where there are so many of one length, they are forgotten; else none ever is. */
  constructor(maxOfLength = Number.POSITIVE_INFINITY) {
    this.#maxOfLength = maxOfLength;
  }

  get(text: string): Value | undefined {
    const words = this.#byLength[text.length];
    if (words === undefined) return undefined;
    for (const word of words) if (word.text === text) return word.value;
    return undefined;
  }

  /** Adds a text that is not there. */
  add(text: string, value: Value): void {
    const words = (this.#byLength[text.length] ??= []);
    if (words.length >= this.#maxOfLength) words.length = 0;
    words.push({ text, value });
  }
}
