/** What passes between the two threads that a listening socket concerns; small, because the other thread stays for long. */

/** What the thread is to open. */
export interface SocketOrder {
  /** A path, or a host and a port. */
  readonly path: string | null;
  readonly host: string | null;
  readonly port: number;
  readonly backlog: number;
  /** Shared; the socket is closed when it is no longer zero. */
  readonly gate: Int32Array;
}

/** What came of it: a descriptor of this process, or the code of a system error. */
export type SocketReport =
  | { readonly kind: 'listening'; readonly descriptor: number }
  | { readonly kind: 'failed'; readonly code: string };

/** Whether data is a {@link SocketOrder}. */
export function isSocketOrder(data: unknown): data is SocketOrder {
  return (
    typeof data === 'object' &&
    data !== null &&
    'path' in data &&
    (data.path === null || typeof data.path === 'string') &&
    'host' in data &&
    (data.host === null || typeof data.host === 'string') &&
    'port' in data &&
    typeof data.port === 'number' &&
    'backlog' in data &&
    typeof data.backlog === 'number' &&
    'gate' in data &&
    data.gate instanceof Int32Array
  );
}
