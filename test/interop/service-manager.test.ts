/**
 * A service manager of a few lines of Python in the place of systemd: it opens a socket, starts the server with it, and
 * hears what the server says.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../support/child-program.ts';
import { fileTree } from '../support/file-tree.ts';
import { haveAll } from '../support/installed-programs.ts';

const COMMAND = join(import.meta.dirname, '../../bin/hiawatha-ts.js');

const MANAGER = `
import os, signal, socket, sys, threading
node, command, directory = sys.argv[1:4]
web = socket.socket()
web.bind(("127.0.0.1", 0))
web.listen(16)
port = web.getsockname()[1]
open(directory + "/hiawatha.conf", "a").write("Binding {\\n  BindingId = web\\n  Port = %d\\n  Interface = 127.0.0.1\\n}\\n" % port)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind("\\0hiawatha-notify-%d" % os.getpid())
name = "@hiawatha-notify-%d" % os.getpid()
child = os.fork()
if child == 0:
    os.dup2(web.fileno(), 3)
    os.set_inheritable(3, True)
    os.execve(node, [node, command, "serve", directory], dict(os.environ,
        NOTIFY_SOCKET=name, WATCHDOG_USEC="200000", LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web"))
print("port", port, "process", child, flush=True)
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
def end():
    os.waitpid(child, 0)
    print("ended", flush=True)
    os._exit(0)
threading.Thread(target=end).start()
while True:
    for line in notify.recv(4096).decode().splitlines():
        print(line, flush=True)
`;

test.runIf(haveAll(['python3']))(
  'a service manager passes a socket, and hears of start, watchdog, reload and stop',
  async () => {
    const directory = fileTree({
      'www/descriptors.cgi':
        '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"\nls /proc/self/fd | tr "\\n" " "\n',
      'mimetype.conf': 'text/html html\n',
    });
    chmodSync(join(directory, 'www/descriptors.cgi'), 0o755);
    // Started by root, the server gives up its rights.
    chmodSync(directory, 0o755);
    writeFileSync(
      join(directory, 'hiawatha.conf'),
      `Hostname = 127.0.0.1
WebsiteRoot = ${directory}/www
CGIextension = cgi
ExecuteCGI = yes
SystemLogfile = ${directory}/system.log
ExploitLogfile = ${directory}/exploit.log
AccessLogfile = ${directory}/access.log
ErrorLogfile = ${directory}/error.log
`,
    );
    await using manager = startProgram('python3', [
      '-c',
      MANAGER,
      process.execPath,
      COMMAND,
      directory,
    ]);
    const [, port = '', pid = ''] =
      /^port (\d+) process (\d+)/.exec(await manager.waitForLine(/^port \d+/)) ?? [];
    await manager.waitForLine(/^READY=1/);
    await manager.waitForLine(new RegExp(`^STATUS=listening on http://127\\.0\\.0\\.1:${port}/`));
    await manager.waitForLine(/^WATCHDOG=1/);
    const answer = await fetch(`http://127.0.0.1:${port}/descriptors.cgi`);
    // The directory that ls reads is the fourth; the listening socket is not among them.
    expect((await answer.text()).trim().split(' ')).toEqual(['0', '1', '2', '3']);
    process.kill(Number(pid), 'SIGHUP');
    await manager.waitForLine(/^RELOADING=1/);
    await manager.waitForLine(/^MONOTONIC_USEC=\d+/);
    await expect(fetch(`http://127.0.0.1:${port}/descriptors.cgi`)).resolves.toMatchObject({
      status: 200,
    });
    process.kill(Number(pid), 'SIGTERM');
    await manager.waitForLine(/^STOPPING=1/);
    await manager.waitForLine(/^ended/);
  },
);
