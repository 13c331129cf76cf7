/** What every request under way in a lane offers, whatever answers it. */

/** A request under way. */
export interface TaskRun {
  /** The next piece of a `stream` body. */
  writeBody(bytes: Uint8Array): void;
  endBody(): void;
  /** The main thread takes this much more of the answer. */
  grant(bytes: number): void;
  /** Nothing more is wanted: release everything, say `released`. */
  abort(): void;
}
