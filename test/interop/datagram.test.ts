/** Datagrams to a socket of Python, because Node can make none. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { datagramSender } from '../../cli/service-manager/datagram.ts';
import { startProgram } from '../support/child-program.ts';
import { fileTree } from '../support/file-tree.ts';
import { haveAll } from '../support/installed-programs.ts';

/** Reads one message for each line that it is asked for; otherwise lets them pile up. */
const RECEIVER = `
import socket, sys, time
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
if sys.argv[2] == "read":
    print(receiver.recv(4096).decode().strip(), flush=True)
else:
    time.sleep(60)
`;

describe.runIf(haveAll(['python3']))('a datagram', () => {
  test('arrives whole', async () => {
    const socket = join(fileTree(), 'notify');
    await using receiver = startProgram('python3', ['-c', RECEIVER, socket, 'read']);
    await receiver.waitForLine(/^bound$/);
    expect(datagramSender()(socket, 'READY=1\n')).toBeNull();
    await receiver.waitForLine(/^READY=1$/);
  });

  test('that nobody takes holds up nobody', async () => {
    const socket = join(fileTree(), 'notify');
    await using receiver = startProgram('python3', ['-c', RECEIVER, socket, 'sleep']);
    await receiver.waitForLine(/^bound$/);
    const send = datagramSender();
    const answers = Array.from({ length: 5000 }, () => send(socket, 'WATCHDOG=1\n'));
    expect(answers.at(0)).toBeNull();
    expect(answers.at(-1)).toBe('it does not take the message');
  });

  test('to nobody says so', () => {
    expect(datagramSender()('/nowhere/notify', 'READY=1\n')).toBe('it does not take the message');
  });
});
