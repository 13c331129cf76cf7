import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { PlainReader, type PlainClient } from '../../../runtime/http/plain-reader.ts';
import { connectedSockets } from '../../support/connected-sockets.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A client whose plain requests take until `isBusy` is false, and the parser that it hands over to. */
class Client implements PlainClient {
  isBusy = false;
  readonly maxHeadBytes = 1024;
  readonly plain: string[] = [];
  readonly parsed: string[] = [];
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  receivePlain({ target }: { readonly target: string }): void {
    this.isBusy = true;
    this.plain.push(target);
  }

  handOver(): void {
    this.#socket.on('data', (packet: Buffer) => this.parsed.push(packet.toString('latin1')));
  }
}

describe('PlainReader', () => {
  test('takes one packet more while a request is under way, and hands that over when it is answered', async () => {
    const { server, client: peer } = await connectedSockets();
    const client = new Client(server);
    const reader = new PlainReader(server, client);
    for (const text of [GET, GET]) {
      const arrived = once(server, 'data');
      peer.write(text);
      await arrived;
    }
    expect(client.plain).toEqual(['/']);
    expect(server.isPaused()).toBe(true);

    client.isBusy = false;
    reader.goOn();
    expect(client.parsed).toEqual([GET]);
    expect(server.isPaused()).toBe(false);
    expect(reader.isReading).toBe(false);
    server.destroy();
    peer.destroy();
  });

  test('hands a head over that is larger than the limit', async () => {
    const { server, client: peer } = await connectedSockets();
    const client = new Client(server);
    new PlainReader(server, client);
    const large = `GET / HTTP/1.1\r\nHost: a\r\nA: ${'a'.repeat(client.maxHeadBytes)}\r\n\r\n`;
    const arrived = once(server, 'data');
    peer.write(large);
    await arrived;
    expect([client.plain, client.parsed]).toEqual([[], [large]]);
    server.destroy();
    peer.destroy();
  });
});
