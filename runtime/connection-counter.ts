/** Counts connections as they are accepted: all of them, and those of each address. */
export class ConnectionCounter {
  #maxTotal: number;
  #maxPerAddress: number;
  readonly #perAddress = new Map<string, number>();
  #total = 0;

  constructor(maxTotal: number, maxPerAddress: number) {
    this.#maxTotal = maxTotal;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Goes by other limits from now on; connections that are there stay. */
  setLimits(maxTotal: number, maxPerAddress: number): void {
    this.#maxTotal = maxTotal;
    this.#maxPerAddress = maxPerAddress;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts a connection unless a limit is reached, and says which. `isExempt` lifts the limit of the address. */
  add(address: string, isExempt: boolean): 'accepted' | 'too-many' | 'too-many-for-address' {
    const known = this.#perAddress.get(address) ?? 0;
    if (!isExempt && known >= this.#maxPerAddress) return 'too-many-for-address';
    if (this.#total >= this.#maxTotal) return 'too-many';
    this.#perAddress.set(address, known + 1);
    this.#total += 1;
    return 'accepted';
  }

  /**
   * A connection is closed.
   *
   * @param lingerMs - How long it still counts for its address (ReconnectDelay); 0: no longer.
   */
  remove(address: string, lingerMs = 0): void {
    this.#total -= 1;
    if (lingerMs === 0) this.#forget(address);
    else setTimeout(() => this.#forget(address), lingerMs).unref();
  }

  #forget(address: string): void {
    const known = this.#perAddress.get(address) ?? 0;
    if (known <= 1) this.#perAddress.delete(address);
    else this.#perAddress.set(address, known - 1);
  }
}
