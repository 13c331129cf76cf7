import type { Socket } from 'node:net';
import type { ConnectionRules } from './client-connection.ts';

interface Handshake {
  readonly remoteAddress: string;
  readonly deadline: NodeJS.Timeout;
}

/** The two ends of a connection, for whoever sees it below TLS and above. */
type Ends = Pick<Socket, 'remoteAddress' | 'remotePort'>;

/** Clients of TLS that are not yet as far as a request: the time of the first one runs for them. */
export class Handshakes {
  readonly #rules: ConnectionRules;
  readonly #underWay = new Map<string, Handshake>();

  constructor(rules: ConnectionRules) {
    this.#rules = rules;
  }

  /** @param socket - Below TLS. */
  begin(socket: Socket, remoteAddress: string): void {
    const key = keyOf(socket);
    const deadline = setTimeout(
      () => {
        this.#underWay.delete(key);
        this.#rules.onTimeout({ remoteAddress }, true);
        socket.destroy();
      },
      this.#rules.requestTimeMs(remoteAddress, true),
    );
    this.#underWay.set(key, { remoteAddress, deadline });
    socket.once('close', () => {
      if (this.#forget(key)) this.#rules.onSilentClose({ remoteAddress });
    });
  }

  /** @param socket - Above TLS, which was agreed on. */
  end(socket: Ends): void {
    this.#forget(keyOf(socket));
  }

  #forget(key: string): boolean {
    clearTimeout(this.#underWay.get(key)?.deadline);
    return this.#underWay.delete(key);
  }
}

function keyOf({ remoteAddress, remotePort }: Ends): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0}`;
}
