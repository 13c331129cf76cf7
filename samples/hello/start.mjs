// @ts-check
/**
 * Starts the sample: the FastCGI application, then the server in front of it. Ctrl-C stops both.
 *
 *   npm start
 *   PORT=9000 npm start
 *
 * Nothing is written into this directory: sockets and logs live in a temporary one that is removed at the end.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplication } from './application.mjs';

const SITE_DIRECTORY = import.meta.dirname;
const COMMAND = join(SITE_DIRECTORY, '../../bin/hiawatha-ts.js');
const DEFAULT_PORT = 8080;

const port = readPort(process.env['PORT']);
await requireFreePort(port);

const runDirectory = mkdtempSync(join(realpathSync(tmpdir()), 'hiawatha-hello-'));
chmodSync(runDirectory, 0o755);
process.on('exit', () => rmSync(runDirectory, { recursive: true, force: true }));

const configuration = join(runDirectory, 'hiawatha.conf');
writeFileSync(
  configuration,
  [
    `set SITE_DIR = ${SITE_DIRECTORY}`,
    `set RUN_DIR = ${runDirectory}`,
    `set NODE_PROGRAM = ${process.execPath}`,
    `set HTTP_PORT = ${port}`,
    `Include ${join(SITE_DIRECTORY, 'site.conf')}`,
    '',
  ].join('\n'),
);

const application = await startApplication(join(runDirectory, 'pages.sock'));
const server = spawn(process.execPath, [COMMAND, 'serve', configuration], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

let isUrlPrinted = false;
server.stdout.on('data', (/** @type {Buffer} */ text) => {
  process.stdout.write(text);
  if (isUrlPrinted) return;
  isUrlPrinted = true;
  console.log(`
Open http://127.0.0.1:${port}/ in a browser. Ctrl-C stops the server.
Until then its logs are in ${runDirectory}/ (error.log, access.log, system.log).
`);
});

// On Ctrl-C the terminal signals the whole group, so the server has the signal already; `kill` asks alone.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => server.kill('SIGTERM'));
process.on('SIGHUP', () => server.kill('SIGTERM'));

server.on('error', (error) => {
  console.error(`cannot start ${COMMAND}: ${error.message}`);
  process.exitCode = 1;
  application.close();
});
server.on('exit', (code) => {
  process.exitCode = code ?? 1;
  application.close();
});

/** @param {string | undefined} text */
function readPort(text) {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 65_535) return number;
  console.error(
    `PORT is "${text}"; give a number from 1 to 65535, for example PORT=9000 npm start`,
  );
  process.exit(2);
}

/**
 * Ends with a message when the port cannot be had: clearer than the server's own, because it knows about PORT.
 *
 * @param {number} wanted
 */
async function requireFreePort(wanted) {
  const probe = createServer();
  /** @type {NodeJS.ErrnoException | null} */
  const failure = await new Promise((resolve) => {
    probe.once('error', resolve);
    probe.listen(wanted, '127.0.0.1', () => resolve(null));
  });
  if (failure === null) {
    await new Promise((resolve) => probe.close(resolve));
    return;
  }
  const reason =
    failure.code === 'EADDRINUSE'
      ? 'another program listens there'
      : failure.code === 'EACCES'
        ? 'an ordinary user may not listen there'
        : failure.message;
  console.error(`port ${wanted} of 127.0.0.1 is not available: ${reason}`);
  console.error(`choose another one: PORT=${wanted < 1024 ? DEFAULT_PORT : wanted + 1} npm start`);
  process.exit(1);
}
