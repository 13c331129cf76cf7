/** `hiawatha-ts fcgi`: commands against applications that follow a script. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { CommandError } from '../../../cli/command-error.ts';
import { parseAddress, parseParameter } from '../../../cli/fcgi/address.ts';
import { runDoctor } from '../../../cli/fcgi/doctor.ts';
import { runGet, type GetOptions } from '../../../cli/fcgi/get.ts';
import { runValues } from '../../../cli/fcgi/values.ts';
import { variablesOf } from '../../../cli/fcgi/variables.ts';
import type { Endpoint } from '../../../routing-table/schema.ts';
import { fileTree } from '../../support/file-tree.ts';
import { recordingConsole } from '../../support/recording-console.ts';
import {
  type ConnectionScript,
  end,
  startScriptedServer,
  stderr,
  stdout,
} from '../../support/scripted-fcgi-server.ts';

async function application(script: ConnectionScript): Promise<Endpoint> {
  const server = await startScriptedServer(script);
  onTestFinished(() => server.close());
  return server.endpoint;
}

/** An application that answers every request with these records. */
function answering(...records: readonly Uint8Array[]): Promise<Endpoint> {
  return application(async (connection) => {
    await connection.request();
    await connection.send(Buffer.concat(records));
  });
}

async function get(endpoint: Endpoint, parts: Partial<GetOptions> = {}) {
  const console = recordingConsole();
  const exitCode = await runGet(
    {
      endpoint,
      path: '/a.php?b=1',
      root: '/srv/www',
      parameters: [],
      stdin: null,
      timeoutMs: 5000,
      isTraced: false,
      isJson: false,
      ...parts,
    },
    console,
  );
  return { exitCode, out: console.output(), err: console.errors() };
}

async function doctor(
  endpoint: Endpoint,
  root: string | null = null,
  timeoutMs = 1000,
  script = '/index.php',
) {
  const console = recordingConsole();
  const exitCode = await runDoctor(
    { endpoint, root, script, pingPath: '/ping', timeoutMs, isJson: false },
    console,
  );
  return { exitCode, text: console.output() };
}

const OK = [stdout('Content-Type: text/plain\r\n\r\nhello'), end()];

describe('an address', () => {
  test.each([
    ['/run/php.sock', { kind: 'unix', path: '/run/php.sock' }],
    ['./php.sock', { kind: 'unix', path: '/here/php.sock' }],
    ['127.0.0.1:9000', { kind: 'tcp', host: '127.0.0.1', port: 9000 }],
    ['localhost:9000', { kind: 'tcp', host: 'localhost', port: 9000 }],
    ['[::1]:9000', { kind: 'tcp', host: '::1', port: 9000 }],
    [':2005', { kind: 'tcp', host: '127.0.0.1', port: 2005 }],
  ])('may be %s', (text, expected) => {
    expect(parseAddress(text, '/here')).toEqual(expected);
  });

  test.each(['', 'php', '127.0.0.1', '::1:9000', 'a:0', 'a:65536', 'a:b'])('is not %j', (text) => {
    expect(() => parseAddress(text, '/here')).toThrow(CommandError);
  });
});

describe('parameters', () => {
  test('are those of a request for the path', () => {
    const variables = new Map(
      variablesOf({ path: '/a.php?b=1', root: '/srv/www/', bodyBytes: null, parameters: [] }),
    );
    expect(variables.get('SCRIPT_FILENAME')).toBe('/srv/www/a.php');
    expect(variables.get('SCRIPT_NAME')).toBe('/a.php');
    expect(variables.get('QUERY_STRING')).toBe('b=1');
    expect(variables.get('REQUEST_URI')).toBe('/a.php?b=1');
    expect(variables.get('REQUEST_METHOD')).toBe('GET');
  });

  test('have the escapes of the URL as a server has them', () => {
    const path = '/caf%C3%A9.php?c=%20';
    const variables = new Map(variablesOf({ path, root: '/srv', bodyBytes: null, parameters: [] }));
    expect(variables.get('SCRIPT_FILENAME')).toBe('/srv/caf\u00C3\u00A9.php');
    expect(variables.get('SCRIPT_NAME')).toBe('/caf\u00C3\u00A9.php');
    expect(variables.get('QUERY_STRING')).toBe('c=%20');
    expect(variables.get('REQUEST_URI')).toBe(path);
  });

  test('say that there is a body', () => {
    const variables = new Map(
      variablesOf({ path: '/', root: null, bodyBytes: 3, parameters: [['CONTENT_TYPE', 'a/b']] }),
    );
    expect(variables.get('REQUEST_METHOD')).toBe('POST');
    expect(variables.get('CONTENT_LENGTH')).toBe('3');
    expect(variables.get('CONTENT_TYPE')).toBe('a/b');
  });

  test('need a name and an equals sign', () => {
    expect(parseParameter('A=b=c')).toEqual(['A', 'b=c']);
    expect(() => parseParameter('A')).toThrow(CommandError);
    expect(() => parseParameter('=b')).toThrow(CommandError);
  });
});

describe('get', () => {
  test('shows the output of the application as it is', async () => {
    const { exitCode, out, err } = await get(await answering(...OK));
    expect([exitCode, out, err]).toEqual([0, 'Content-Type: text/plain\r\n\r\nhello', '']);
  });

  test('sends parameters and body', async () => {
    const received: string[] = [];
    const endpoint = await application(async (connection) => {
      const request = await connection.request();
      received.push(request?.stdin.toString() ?? '', new Map(request?.variables).get('X') ?? '');
      await connection.send(Buffer.concat(OK));
    });
    await get(endpoint, { stdin: Buffer.from('body'), parameters: [['X', 'y']] });
    expect(received).toEqual(['body', 'y']);
  });

  test('with an empty body is a POST all the same', async () => {
    const received: (readonly [string, string])[] = [];
    const endpoint = await application(async (connection) => {
      received.push(...((await connection.request())?.variables ?? []));
      await connection.send(Buffer.concat(OK));
    });
    await get(endpoint, { stdin: new Uint8Array(0) });
    expect(received).toEqual(
      expect.arrayContaining([
        ['REQUEST_METHOD', 'POST'],
        ['CONTENT_LENGTH', '0'],
      ]),
    );
  });

  test('shows what the application writes to its standard error', async () => {
    const { err } = await get(await answering(stderr('one\ntwo\x1b[1m\n'), ...OK));
    expect(err).toContain('stderr: one\n');
    expect(err).not.toContain('\x1b[1m');
  });

  test('ends with 1 when the application answers with an error', async () => {
    const { exitCode } = await get(await answering(stdout('Status: 404\r\n\r\n'), end()));
    expect(exitCode).toBe(1);
  });

  test.each([
    ['that is overloaded', [end(0, 2)], 'overloaded'],
    ['that says nothing', [end()], 'no output'],
    ['without a header', [stdout('plain'), end()], 'no empty line'],
    ['of another protocol', [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')], 'this is not FastCGI'],
  ])('says what is wrong with an application %s', async (_, records, expected) => {
    const { exitCode, err } = await get(await answering(...records));
    expect(exitCode).toBe(1);
    expect(err).toContain(expected);
  });

  test('says so when the connection is closed too early', async () => {
    const endpoint = await application(async (connection) => {
      await connection.request();
      connection.close();
    });
    const { exitCode, err } = await get(endpoint);
    expect(exitCode).toBe(1);
    expect(err).toContain('closed the connection before the end of its answer');
  });

  test('waits no longer than it was told', async () => {
    const { exitCode, err } = await get(await application(() => undefined), { timeoutMs: 20 });
    expect(exitCode).toBe(1);
    expect(err).toContain('no whole answer within 0.02 seconds');
  });

  test('ends with 3 when nobody listens', async () => {
    const { exitCode, err } = await get({ kind: 'unix', path: '/no/such.sock' });
    expect(exitCode).toBe(3);
    expect(err).toContain('the directory /no does not exist');
  });

  test('shows each record', async () => {
    const { err } = await get(await answering(...OK), { isTraced: true });
    expect(err.split('\n')).toEqual([
      '> begin-request: role responder',
      '> params: 15 variables',
      '> stdin: end',
      '< stdout: 33 bytes',
      '< end-request: application status 0, protocol status 0',
      '',
    ]);
  });

  test('tells the same as JSON, bytes that are no text in base64', async () => {
    const endpoint = await answering(
      stdout(Buffer.from('X: y\r\n\r\n\xff', 'latin1')),
      stderr('oops'),
      end(3),
    );
    const { out } = await get(endpoint, { isJson: true });
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      kind: 'answered',
      status: 200,
      fields: [['X', 'y']],
      bodyBase64: '/w==',
      stderr: 'oops',
      appStatus: 3,
    });
  });

  test('tells failures as JSON, too', async () => {
    const { exitCode, out } = await get({ kind: 'unix', path: '/no/such.sock' }, { isJson: true });
    expect(exitCode).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ version: 1, kind: 'unreachable' });
  });
});

describe('values', () => {
  test('ends with 3 when nobody listens, in words and as JSON', async () => {
    const console = recordingConsole();
    const endpoint: Endpoint = { kind: 'unix', path: '/no/such.sock' };
    expect(await runValues(endpoint, 1000, false, console)).toBe(3);
    expect(console.errors()).toContain('the directory /no does not exist');
    expect(await runValues(endpoint, 1000, true, console)).toBe(3);
    expect(JSON.parse(console.output())).toMatchObject({ kind: 'refused' });
  });

  test('ends with 1 when something else listens', async () => {
    const console = recordingConsole();
    const endpoint = await application((connection) =>
      connection.send(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')),
    );
    expect(await runValues(endpoint, 20_000, false, console)).toBe(1);
    expect(console.errors()).toContain('does not speak FastCGI');
  });
});

describe('doctor', () => {
  test('finds nothing wrong with an application that answers', async () => {
    const { exitCode, text } = await doctor(await answering(...OK), fileTree({ 'index.php': '' }));
    expect(exitCode).toBe(0);
    expect(text).toContain('ok    ping: /ping answers: hello\n');
    expect(text).toContain('is answered with 200');
  });

  test.each([
    ['/no/such/dir/x.sock', '/no does not exist', 'create the directory'],
    ['FILE', 'is no socket', 'the path that the application listens on'],
    ['DIR/x.sock', 'does not exist', 'start the application'],
  ])('names the element of %s that is at fault', async (path, cause, advice) => {
    const directory = fileTree({ file: '' });
    const real = path.replace('FILE', join(directory, 'file')).replace('DIR', directory);
    const { exitCode, text } = await doctor({ kind: 'unix', path: real });
    expect(exitCode).toBe(1);
    expect(text).toContain(cause);
    expect(text).toContain(advice);
  });

  test.each([
    ['here', true, 'set ServerRoot'],
    ['not here either', false, 'no such file here either'],
  ])('explains a script that is not found and is %s', async (_, isHere, expected) => {
    const root = fileTree();
    mkdirSync(join(root, 'www'));
    if (isHere) writeFileSync(join(root, 'www/index.php'), '');
    const endpoint = await answering(
      stderr('Primary script unknown'),
      stdout('Status: 404 Not Found\r\n\r\nFile not found.\n'),
      end(),
    );
    const { exitCode, text } = await doctor(endpoint, join(root, 'www'));
    expect(exitCode).toBe(1);
    expect(text).toContain(expected);
  });

  test('tries a script whose path lacks the slash at its start', async () => {
    const root = fileTree();
    writeFileSync(join(root, 'index.php'), '');
    const { exitCode, text } = await doctor(await chrooted('/'), root, 1000, 'index.php');
    expect(text).toContain(`ok    script: ${join(root, 'index.php')} is answered with 200`);
    expect(exitCode).toBe(0);
  });

  /** An application that finds scripts below `root` alone, which it does not see as part of their paths. */
  function chrooted(root: string): Promise<Endpoint> {
    return application(async (connection) => {
      const request = await connection.request();
      const file = new Map(request?.variables).get('SCRIPT_FILENAME') ?? '';
      const isThere = existsSync(join(root, file));
      const missing = [stderr('Primary script unknown'), stdout('Status: 404\r\n\r\n'), end()];
      await connection.send(Buffer.concat(isThere ? OK : missing));
    });
  }

  test('finds out the root of an application in a chroot', async () => {
    const root = fileTree({ 'jail/www/index.php': '' });
    const { exitCode, text } = await doctor(
      await chrooted(join(root, 'jail')),
      join(root, 'jail/www'),
    );
    expect(exitCode).toBe(1);
    expect(text).toContain(`finds /www/index.php: ${root}/jail is its root`);
    expect(text).toContain(`write "ServerRoot = ${root}/jail" into the FastCGIserver section`);
  });

  test('names the directory that may keep an application out', async () => {
    const root = fileTree({ 'shut/www/index.php': '' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'shut'), 0o750);
    const { text } = await doctor(await chrooted('/nonexistent'), join(root, 'shut/www'));
    expect(text).toMatch(
      /only its owner and group may enter .*\/shut \(owner \S+, group \S+, mode 750\)/,
    );
    expect(text).toContain(`chmod a+x ${root}/shut`);
  });

  test.each([
    [
      'its extension',
      'Access to the script has been denied (see security.limit_extensions)',
      0o644,
      'security.limit_extensions',
    ],
    ['a file that it may not read', 'Unable to open primary script', 0o600, 'chmod a+r'],
  ])('tells why an application denies access: %s', async (_, said, mode, advice) => {
    const root = fileTree({ 'index.php': '' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'index.php'), mode);
    const denied = stdout('Status: 403\r\n\r\nAccess denied.\n');
    const { exitCode, text } = await doctor(await answering(stderr(said), denied, end()), root);
    expect(exitCode).toBe(1);
    expect(text).toContain(advice);
  });

  test('tells a script that hangs from an application that does', async () => {
    const endpoint = await application(async (connection) => {
      const request = await connection.request();
      const name = new Map(request?.variables).get('SCRIPT_NAME');
      if (name === '/ping') await connection.send(Buffer.concat(OK));
    });
    const { text } = await doctor(endpoint, fileTree({ 'index.php': '' }));
    expect(text).toContain('ok    ping');
    expect(text).toContain('request_slowlog_timeout');
  });

  test('tells a hanging application from one that is not there', async () => {
    const { exitCode, text } = await doctor(await application(() => undefined), null, 30);
    expect(exitCode).toBe(1);
    expect(text).toContain('pm.max_children');
  });
});
