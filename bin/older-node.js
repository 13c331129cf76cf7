/*
 * Reached on a Node that is too old to run the program. In a checkout, and wherever the npm package `node` is installed
 * beside us, there is a newer one: the same command line is run again on that. Otherwise: say what is needed.
 *
 * Syntax of Node 12.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = dirname(fileURLToPath(import.meta.url));
const program = process.platform === 'win32' ? 'node.exe' : 'node';
const newer = [join(bin, '..', 'node_modules'), join(bin, '..', '..')]
  .map((modules) => join(modules, 'node', 'bin', program))
  .find((candidate) => existsSync(candidate));

// The variable stops a loop where the installed `node` package is itself an old one.
if (newer === undefined || process.env.HIAWATHA_TS_OLDER_NODE !== undefined) {
  process.stderr.write(
    'hiawatha-ts: needs Node 24 or later; this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Install a newer one from https://nodejs.org/ or, in a checkout, run "npm ci", which brings one.\n',
  );
  process.exitCode = 3;
} else {
  const child = spawn(newer, [join(bin, 'hiawatha-ts.js')].concat(process.argv.slice(2)), {
    stdio: 'inherit',
    env: Object.assign({}, process.env, { HIAWATHA_TS_OLDER_NODE: process.versions.node }),
  });
  // A signal to us is meant for the program; on a terminal Ctrl-C reaches both, and the child decides.
  ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'].forEach((signal) => {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  });
  child.on('error', (error) => {
    process.stderr.write('hiawatha-ts: cannot run ' + newer + ': ' + error.message + '\n');
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code === null ? 3 : code;
    } else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
