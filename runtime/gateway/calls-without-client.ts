/** Calls that go on without their client: whoever ends the gateway may wait for them. */
export class CallsWithoutClient<Call> {
  readonly #calls = new Set<Call>();
  #onNone: (() => void) | null = null;

  add(call: Call): void {
    this.#calls.add(call);
  }

  delete(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#onNone?.();
  }

  /** Resolves when there is none any more, and after `atMostMs` in any case. */
  async whenOver(atMostMs: number): Promise<void> {
    if (this.#calls.size === 0 || atMostMs <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onNone = resolve;
      timer = setTimeout(resolve, atMostMs);
    });
    clearTimeout(timer);
  }
}
