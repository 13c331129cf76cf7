/** What a file was before a request was sent is never the answer to it, however many ask at once. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';

const REQUEST = 'GET /file HTTP/1.1\r\nHost: main.test\r\n\r\n';

async function startSite(site: TestDirectory): Promise<ReturnType<typeof startServer>> {
  site.write('root/file', 'x');
  return startServer({ hosts: [{ hostnames: ['main.test'], websiteRoot: `${site.path}/root` }] });
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1').setNoDelay(true);
  await once(socket, 'connect');
  return socket;
}

/** How long the file was in each answer that is in a text. */
function lengthsIn(text: string): number[] {
  return [...text.matchAll(/\r\nContent-Length: (\d+)\r\n/g)].map(([, digits]) => Number(digits));
}

async function answersOf(socket: Socket, count: number): Promise<number[]> {
  let text = '';
  while (lengthsIn(text).length < count) text += String(await once(socket, 'data'));
  return lengthsIn(text);
}

describe('a file that changes', () => {
  test('is sent as it was when its request was sent, or newer', async () => {
    await using site = makeDirectoryOnDisk();
    await using server = await startSite(site);
    let length = 1;
    const stale: string[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = await open(server.port);
        for (let round = 0; round < 50; round += 1) {
          length += 1;
          const atLeast = length;
          site.write('root/file', 'x'.repeat(length));
          socket.write(REQUEST);
          const [received = 0] = await answersOf(socket, 1);
          if (received < atLeast) stale.push(`${received} < ${atLeast}`);
        }
        socket.destroy();
      }),
    );
    expect(stale).toEqual([]);
  });

  test('is sent as it is to a request behind another one that came while others were answered', async () => {
    await using site = makeDirectoryOnDisk();
    await using server = await startSite(site);
    const bell = createServer().listen(0, '127.0.0.1');
    await once(bell, 'listening');
    const connected = once(bell, 'connection');
    const address = bell.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const [first, hearing, second] = [
      await open(server.port),
      await open(address.port),
      await open(server.port),
    ];
    const [ringing] = (await connected) as [Socket];
    // Between the looks for the first client and for the second, the file changes, and the second asks once more.
    hearing.once('data', () => {
      site.write('root/file', 'xx');
      second.write(REQUEST);
    });
    const answers = Promise.all([answersOf(first, 1), answersOf(second, 2)]);
    first.write(REQUEST);
    ringing.write('now');
    second.write(REQUEST);
    const [, [, last]] = await answers;
    expect(last).toBe(2);
    for (const socket of [first, hearing, second]) socket.destroy();
    bell.close();
  });
});
