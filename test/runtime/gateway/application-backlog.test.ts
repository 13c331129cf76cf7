import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  ApplicationBacklogs,
  waitingAtPath,
} from '../../../runtime/gateway/application-backlog.ts';

const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
00000000e5a3c440: 00000003 00000000 00000000 0001 03 45216412 /run/app.sock
00000000115aae11: 00000003 00000000 00000000 0001 02     0 /run/app.sock
00000000a3e227b4: 00000002 00000000 00010000 0001 01 38300848 /run/app.sock
000000006189e21d: 00000003 00000000 00000000 0001 02     0 /run/app.sock
0000000077c660f9: 00000003 00000000 00000000 0001 02     0 /run/app.sock.old
0000000078a1d226: 00000003 00000000 00000000 0001 03 38300849
00000000a3e227b5: 00000002 00000000 00010000 0001 01 38300850 /run/idle.sock
`;

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2328 00000000:0000 0A 00000000:0000001F 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:2328 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 00000000:2329 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 00000000:2329 00000000:0000 0A 00000000:00000001 00:00000000 00000000     0        0 4 1 0 100 0 0 10 0
   4: 0100007F:232A 0100007F:2328 01 00000000:00000009 00:00000000 00000000     0        0 5 1 0 20 0 0 10 -1
`;

const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:2328 00000000000000000000000000000000:0000 0A 00000000:00000007 00
   1: 00000000000000000000000000000000:232B 00000000000000000000000000000000:0000 0A 00000000:00000005 00
`;

const FILES: Readonly<Record<string, string>> = {
  '/proc/net/unix': UNIX,
  '/proc/net/tcp': TCP,
  '/proc/net/tcp6': TCP6,
};

function backlogs(): ApplicationBacklogs {
  return new ApplicationBacklogs((file) => Promise.resolve(FILES[file] ?? ''));
}

test.each([
  ['/run/app.sock', 2],
  ['/run/idle.sock', 0],
  ['/run/app.sock.old', null],
  ['/run/none.sock', null],
])('connections that wait at %s: %o', (path, waiting) => {
  expect(waitingAtPath(UNIX, path)).toBe(waiting);
});

test.each([
  ['an address', '127.0.0.1', 9000, 31],
  ['all addresses, by two sockets', '127.0.0.1', 9001, 3],
  ['no socket that listens', '127.0.0.1', 9002, null],
  ['all addresses of IPv6, which takes IPv4 as well', '127.0.0.1', 9003, 5],
  ['an address of IPv6', '::1', 9000, 7],
  ['another machine that has the same port', '192.0.2.1', 9000, null],
])('connections that wait at a port of %s', async (_, host, port, waiting) => {
  expect(await backlogs().waitingAt({ kind: 'tcp', host, port })).toBe(waiting);
});

test('a system that does not tell is no error', async () => {
  const silent = new ApplicationBacklogs(() => Promise.reject(new Error('no such file')));
  expect(await silent.waitingAt({ kind: 'unix', path: '/run/app.sock' })).toBeNull();
});

test('a question about now is not answered by what was seen before', async () => {
  let looks = 0;
  const backlogs = new ApplicationBacklogs(() => {
    looks += 1;
    return Promise.resolve('');
  });
  const endpoint = { kind: 'tcp', host: '::1', port: 9000 } as const;
  await backlogs.waitingAt(endpoint);
  await Promise.all([1, 2].map(() => backlogs.waitingAt(endpoint, performance.now())));
  expect(looks).toBe(2);
});

test('questions at about the same time are one look', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const read = vi.fn(() => Promise.resolve(UNIX));
  const asked = new ApplicationBacklogs(read);
  const endpoint = { kind: 'unix', path: '/run/app.sock' } as const;
  expect(await Promise.all([asked.waitingAt(endpoint), asked.waitingAt(endpoint)])).toEqual([2, 2]);
  await asked.waitingAt(endpoint);
  expect(read).toHaveBeenCalledTimes(1);
});

test.runIf(process.platform === 'linux')('finds a socket that really listens', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { port } = address;
  expect(await new ApplicationBacklogs().waitingAt({ kind: 'tcp', host: '127.0.0.1', port })).toBe(
    0,
  );
  server.close();
});
