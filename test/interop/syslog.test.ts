import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Syslog } from '../../runtime/logs/syslog.ts';
import { startProgram } from '../support/child-program.ts';
import { findProgram, haveAll } from '../support/installed-programs.ts';
import { createTemporaryDirectory } from '../support/temporary-directory.ts';

/** Listens as syslogd does, and prints what comes. */
const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True:
    print(s.recv(65536).decode(), flush=True)
`;

describe.runIf(haveAll(['logger', 'python3']))('Syslog', () => {
  test('reaches what listens for the log of the system', async () => {
    using directory = createTemporaryDirectory();
    const socket = join(directory.path, 'log');
    await using listener = startProgram(findProgram('python3') ?? '', ['-c', LISTENER, socket]);
    await listener.waitForLine(/^listening$/);
    const troubles: string[] = [];
    const syslog = new Syslog('web1', (message) => troubles.push(message), [
      'logger',
      `--socket=${socket}`,
    ]);
    syslog.start();
    syslog.write('system', '0.0.0.0|started');
    syslog.write('access', `${'x'.repeat(3000)}|end`);
    expect(await listener.waitForLine(/started/)).toMatch(
      new RegExp(`^<29>.* web1\\[${process.pid}\\]: 0\\.0\\.0\\.0\\|started$`),
    );
    expect(await listener.waitForLine(/end$/)).toMatch(/^<30>.*x{3000}\|end$/);
    await syslog.close();
    expect(troubles).toEqual([]);
  });
});
