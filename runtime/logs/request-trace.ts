/** What becomes of one request on its way through the server, for a log that tells it. */
import type { CallTrace } from '../gateway/gateway.ts';
import type { RequestTarget } from '../routing/request-target.ts';

/** Filled in by those who deal with the request. */
export interface RequestTrace {
  /** What answered it in the end. */
  handler: RequestTarget['kind'] | null;
  /** The last rule of a toolkit that matched: its place in the table. */
  rule: { readonly toolkit: number; readonly rule: number } | null;
  /** Whether a copy in memory was the answer; null where none is kept. */
  cache: 'hit' | 'miss' | null;
  /** The call to the gateway, where there was one. */
  call: CallTrace | null;
  /**
   * What became of a script whose client was gone before its answer was whole: it waited for its turn and was dropped, it
   * was told to abort, or it goes on; null for all others.
   */
  abandoned: 'dropped' | 'aborted' | 'left' | null;
  /** Names of fields that no program got because of their names; the first of them. */
  readonly droppedFields: string[];
  /** When the answer began, on the clock of `performance.now()`. */
  firstByteAtMs: number | null;
}

/** A trace in which nothing has happened yet. */
export function newRequestTrace(): RequestTrace {
  return {
    handler: null,
    rule: null,
    cache: null,
    call: null,
    abandoned: null,
    droppedFields: [],
    firstByteAtMs: null,
  };
}
