import type { ByteString } from '../byte-string.ts';

/** A request as a client would send it. */
export interface AskedRequest {
  readonly method: string;
  readonly isTls: boolean;
  /** null: the usual one, or else that of the first binding that fits. */
  readonly port: number | null;
  /** As on the request line. */
  readonly target: ByteString;
  /** Host included. */
  readonly fields: readonly (readonly [name: string, value: ByteString])[];
  /** Address of the peer. */
  readonly from: string;
}
