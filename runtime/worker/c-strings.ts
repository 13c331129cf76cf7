/** Strings and lists of strings as functions of C take them, in memory that is used again and again. */
import { packedPairAt, type PackedVariables } from '../cgi/packed-variables.ts';
import type { NativeMemory } from '../native-library.ts';

const FIRST_BYTES = 64 * 1024;
const FIRST_POINTERS = 1024;

/** A pointer as a pair of halves, the lower one first: so it is on every processor that glibc and Node run on together. */
const HALF = 2 ** 32;
const HALVES = 2;

const NUL = '\0';
const EQUALS = '='.charCodeAt(0);

/** Latin-1 strings, one byte for each character. Addresses are good until the next {@link CStrings.begin}. */
export class CStrings {
  readonly #memory: Pick<NativeMemory, 'addressOf'>;
  #bytes = Buffer.alloc(0);
  #bytesAddress = 0;
  #bytesEnd = 0;
  #pointers = new Uint32Array(0);
  #pointersAddress = 0;
  #pointersEnd = 0;
  #isWhole = true;

  constructor(memory: Pick<NativeMemory, 'addressOf'>) {
    this.#memory = memory;
    this.#reserve(FIRST_BYTES, FIRST_POINTERS);
  }

  /** False when a string since {@link begin} holds a NUL: in C it would end there. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /**
   * Forgets all that was written.
   *
   * @param bytes - The room that is needed: a byte more for each string than it has characters.
   * @param pointers - Strings in lists, and one more for each list.
   */
  begin(bytes: number, pointers: number): void {
    this.#bytesEnd = 0;
    this.#pointersEnd = 0;
    this.#isWhole = true;
    this.#reserve(bytes, pointers);
  }

  /** @returns its address. */
  string(text: string): number {
    const start = this.#bytesEnd;
    this.#append(text);
    this.#bytes[this.#bytesEnd] = 0;
    this.#bytesEnd += 1;
    return this.#bytesAddress + start;
  }

  /** @returns the address of a list of pointers, which a null ends. */
  list(texts: readonly string[]): number {
    const start = this.#pointersEnd;
    for (const text of texts) this.#point(this.string(text));
    this.#point(0);
    return this.#addressOfPointer(start);
  }

  /**
   * Writes variables as `NAME=value` each. Of a name that comes twice, the last one counts. They take no more bytes than
   * they have packed, and half as many pointers at the most.
   *
   * @returns the address of the list of them.
   */
  variables(packed: PackedVariables): number {
    const start = this.#pointersEnd;
    const places = new Map<string, number>();
    for (let at = 0; at < packed.length;) {
      const pair = packedPairAt(packed, at);
      if (pair === null) break;
      const name = packed.slice(pair.nameStart, pair.valueStart);
      const address = this.#bytesAddress + this.#bytesEnd;
      this.#append(name);
      this.#bytes[this.#bytesEnd] = EQUALS;
      this.#bytesEnd += 1;
      this.string(packed.slice(pair.valueStart, pair.end));
      const place = places.get(name);
      if (place === undefined) {
        places.set(name, this.#pointersEnd);
        this.#point(address);
      } else {
        this.#write(place, address);
      }
      at = pair.end;
    }
    this.#point(0);
    return this.#addressOfPointer(start);
  }

  #append(text: string): void {
    if (text.includes(NUL)) this.#isWhole = false;
    this.#bytesEnd += this.#bytes.write(text, this.#bytesEnd, 'latin1');
  }

  #point(address: number): void {
    this.#write(this.#pointersEnd, address);
    this.#pointersEnd += 1;
  }

  #write(place: number, address: number): void {
    this.#pointers[HALVES * place] = address % HALF;
    this.#pointers[HALVES * place + 1] = Math.floor(address / HALF);
  }

  #addressOfPointer(place: number): number {
    return this.#pointersAddress + HALVES * place * Uint32Array.BYTES_PER_ELEMENT;
  }

  #reserve(bytes: number, pointers: number): void {
    if (this.#bytes.length < bytes) {
      this.#bytes = Buffer.allocUnsafeSlow(bytes);
      this.#bytesAddress = this.#memory.addressOf(this.#bytes);
    }
    if (this.#pointers.length < HALVES * pointers) {
      const memory = Buffer.allocUnsafeSlow(HALVES * pointers * Uint32Array.BYTES_PER_ELEMENT);
      this.#pointers = new Uint32Array(memory.buffer, memory.byteOffset, HALVES * pointers);
      this.#pointersAddress = this.#memory.addressOf(memory);
    }
  }
}
