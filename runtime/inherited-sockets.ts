/** Listening sockets that this process was started with: which binding takes which. */
import { isIPv6 } from 'node:net';
import type { Binding } from '../routing-table/schema.ts';
import type { InheritedSocket } from './serve.ts';

/** Every address of the machine, in IPv4; and in IPv6, which a socket may take for both. */
const ANY = '0.0.0.0';
const ANY_OF_BOTH = '::';

/** Listening sockets that the service manager has opened for us and no binding has taken yet. */
export class InheritedSockets {
  #left: readonly InheritedSocket[];

  constructor(sockets: readonly InheritedSocket[]) {
    this.#left = sockets;
  }

  /**
   * The socket for a binding, which no other gets then.
   *
   * @returns its descriptor; null when none fits: by its name, which is the id of the binding, else by address and port.
   */
  takeFor(binding: Pick<Binding, 'id' | 'address' | 'port'>): number | null {
    const found =
      this.#left.find(({ name }) => name !== null && name === binding.id) ??
      this.#left.find(
        ({ name, address, port }) =>
          name === null && port === binding.port && fits(address, binding.address),
      );
    if (found === undefined) return null;
    this.#left = this.#left.filter((socket) => socket !== found);
    return found.descriptor;
  }

  /** What to say of those that no binding has taken. */
  unused(): readonly string[] {
    return this.#left.map(({ descriptor, name, address, port }) => {
      const where = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
      const named = name === null ? '' : ` named "${name}"`;
      return `the socket ${descriptor}${named} that this was started with listens on ${where}, and no Binding has that address and port or, as BindingId, that name: nobody answers there`;
    });
  }
}

function fits(socketAddress: string, bindingAddress: string): boolean {
  return (
    socketAddress === bindingAddress || (socketAddress === ANY_OF_BOTH && bindingAddress === ANY)
  );
}
