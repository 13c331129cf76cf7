import { describe, expect, test } from 'vitest';

import { passedSockets } from '../../../cli/service-manager/passed-sockets.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** As Linux writes them. */
const TCP = `${HEADER}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 901 1 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 902 1 0
   2: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 903 1 0
`;
const TCP6 = `${HEADER}   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 904 1 0
   1: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 905 1 0
`;

function passed(
  environment: Record<string, string>,
  inodes: readonly string[],
  areKeptFromPrograms = true,
) {
  return passedSockets({ LISTEN_PID: '42', ...environment }, 42, areKeptFromPrograms, {
    inodeOf: (descriptor) => inodes[descriptor - 3] ?? null,
    read: (name) => (name === 'tcp' ? TCP : TCP6),
  });
}

describe('passedSockets', () => {
  test('are none without the variables, and none that are meant for another process', () => {
    expect(passed({}, [])).toEqual([]);
    expect(passed({ LISTEN_FDS: '1', LISTEN_PID: '41' }, ['901'])).toEqual([]);
  });

  test.each([
    ['901', { address: '127.0.0.1', port: 8080 }],
    ['902', { address: '0.0.0.0', port: 80 }],
    ['904', { address: '::', port: 443 }],
    ['905', { address: '2001:db8::1', port: 80 }],
  ])('are known by where socket %s listens', (inode, place) => {
    expect(passed({ LISTEN_FDS: '1' }, [inode])).toEqual([{ descriptor: 3, name: null, ...place }]);
  });

  test('have the names that their units give them', () => {
    const names = passed({ LISTEN_FDS: '3', LISTEN_FDNAMES: 'main:unknown:site.socket' }, [
      '901',
      '902',
      '904',
    ]).map(({ name }) => name);
    expect(names).toEqual(['main', null, null]);
  });

  test.each([
    ['a file', [null]],
    ['a connection', ['903']],
  ])('that are %s are refused', (_, inodes) => {
    expect(() => passed({ LISTEN_FDS: '1' }, inodes.map(String))).toThrow(
      'the descriptor 3 that LISTEN_FDS passes is no listening TCP socket',
    );
  });

  test('that programs would get, too, are refused', () => {
    expect(() => passed({ LISTEN_FDS: '1' }, ['901'], false)).toThrow(
      'cannot be kept from CGI programs without the package koffi',
    );
  });
});
