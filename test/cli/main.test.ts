import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { runCommandLine } from '../../cli/main.ts';
import { decodeRoutingTable } from '../../routing-table/format.ts';
import { fileTree } from '../support/file-tree.ts';
import { recordingConsole } from '../support/recording-console.ts';
import { startScriptedServer } from '../support/scripted-fcgi-server.ts';

const BIN = join(import.meta.dirname, '../../bin/hiawatha-ts.js');
const COMMANDS = [
  'check',
  'compile',
  'diff',
  'explain',
  'explain-request',
  'fcgi',
  'fmt',
  'init',
  'reload',
  'serve',
  'test',
];
const FCGI_COMMANDS = ['get', 'values', 'doctor', 'replay', 'spawn'];
const GOOD = 'Binding {\n  Port = 80\n}\nHostname = localhost\nWebsiteRoot = /var/www/html\n';

async function run(
  args: readonly string[],
  workingDirectory = '/',
  environment: Readonly<Record<string, string>> = {},
) {
  const console = recordingConsole();
  const exitCode = await runCommandLine(args, {
    console,
    workingDirectory,
    environment,
    exitNow: () => undefined,
  });
  return { exitCode, output: console.output(), errors: console.errors() };
}

describe('the command line', () => {
  test('says its version', async () => {
    const { exitCode, output } = await run(['--version']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    { args: ['help'], says: 'Usage: hiawatha-ts [options] [command]' },
    { args: ['help', 'check'], says: 'Usage: hiawatha-ts check [options] [path...]' },
    { args: ['help', 'fcgi', 'get'], says: 'Usage: hiawatha-ts fcgi get [options]' },
    { args: ['fcgi', 'help', 'get'], says: 'Usage: hiawatha-ts fcgi get [options]' },
  ])('gives the help that $args asks for', async ({ args, says }) => {
    const { exitCode, output } = await run(args);
    expect(exitCode).toBe(0);
    expect(output.startsWith(says)).toBe(true);
  });

  test('lists every command in its help', async () => {
    const { exitCode, output } = await run(['--help']);
    expect(exitCode).toBe(0);
    const commands = [...output.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name);
    expect(commands.filter((name) => name !== 'help').toSorted()).toEqual(COMMANDS);
  });

  test.each(COMMANDS)('%s --help has examples that name the command', async (command) => {
    const { exitCode, output } = await run([command, '--help']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(new RegExp(`Examples:\\n  hiawatha-ts ${command} `));
  });

  test.each(FCGI_COMMANDS)('fcgi %s --help has an example of the command', async (command) => {
    const { exitCode, output } = await run(['fcgi', command, '--help']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(new RegExp(`^  hiawatha-ts fcgi ${command} `, 'm'));
  });

  test.each([
    ...COMMANDS.map((command) => [command]),
    ...FCGI_COMMANDS.map((command) => ['fcgi', command]),
  ])('%s %s --help shows no default that says nothing', async (...command) => {
    const { output } = await run([...command, '--help']);
    expect(output).not.toContain('default: []');
    expect(output).not.toContain('default: 432');
  });

  test.each([
    { args: [], says: 'Usage: hiawatha-ts' },
    { args: ['chek'], says: "unknown command 'chek'\n(Did you mean check?)" },
    { args: ['check'], says: 'nothing to check: name a file, a directory, or use --stdin' },
    {
      args: ['check', '--formt', 'json', '.'],
      says: "unknown option '--formt'\n(Did you mean --format?)",
    },
    { args: ['check', '--format', 'yaml', '.'], says: "argument 'yaml' is invalid" },
    { args: ['check', '--unsafe', '.'], says: '--unsafe only works together with --fix or --diff' },
    { args: ['check', '--update-baseline', '.'], says: '--update-baseline needs --baseline FILE' },
    {
      args: ['check', '--baseline', 'b', '--update-baseline', '--severity', 'error', '.'],
      says: '--update-baseline cannot be combined with --severity',
    },
    {
      args: ['check', ''],
      says: 'the name of a configuration is empty; for this directory write "."',
    },
    { args: ['check', '--watch', '--fix', '.'], says: '--watch cannot be combined' },
    { args: ['check', '--baseline', '', '.'], says: "argument '' is invalid. The name is empty." },
    { args: ['compile', '-o', '', '.'], says: "argument '' is invalid. The name is empty." },
    { args: ['serve', '--record', '', '.'], says: "argument '' is invalid. The name is empty." },
    { args: ['fcgi', 'replay', ':1', ''], says: "value '' is invalid" },
    { args: ['test', 'a.yaml', ''], says: "value '' is invalid" },
    { args: ['fcgi', 'get'], says: '(hiawatha-ts fcgi get --help tells more)' },
    { args: ['fmt'], says: 'nothing to format' },
    { args: ['compile'], says: "missing required argument 'path'" },
    { args: ['serve', 'a', 'b'], says: 'too many arguments' },
    { args: ['serve', '--drain', 'soon', 'a'], says: 'Give whole seconds' },
    { args: ['help', 'nonsense'], says: "unknown command 'nonsense'" },
    { args: ['explain', 'nonsense'], says: 'there is no rule "nonsense"' },
  ])('ends with 2 for $args', async ({ args, says }) => {
    const { exitCode, output, errors } = await run(args);
    expect(exitCode).toBe(2);
    expect(output).toBe('');
    expect(errors).toContain(says);
  });

  test('fcgi get takes a root as seen from the working directory', async () => {
    const server = await startScriptedServer(async (connection) => {
      const variables = new Map((await connection.request())?.variables);
      await connection.answer(`Status: 200\r\n\r\n${variables.get('SCRIPT_FILENAME') ?? ''}`);
    }, 'unix');
    onTestFinished(() => server.close());
    const { path } = server.endpoint.kind === 'unix' ? server.endpoint : { path: '' };
    const { output } = await run(['fcgi', 'get', path, '/a.php', '--root', 'www/'], '/srv');
    expect(output).toContain('/srv/www/a.php');
  });

  test('checks', async () => {
    const directory = fileTree({ 'hiawatha.conf': `${GOOD}Hostnme = x\n` });
    const { exitCode, output } = await run(['check', '--format', 'unix', '.'], directory);
    expect(exitCode).toBe(1);
    expect(output).toContain('hiawatha.conf:6:1: error: unknown directive "Hostnme"');
  });

  test('compile --source-map names the lines of the entries', async () => {
    const directory = fileTree({ 'hiawatha.conf': GOOD, 'mimetype.conf': '' });
    expect(JSON.parse((await run(['compile', '.'], directory)).output)).toHaveProperty(
      'sourceMap',
      null,
    );
    const { output } = await run(['compile', '--source-map', '.'], directory);
    expect(decodeRoutingTable(output).sourceMap?.entries).toContainEqual({
      pointer: '/bindings/0/port',
      file: 0,
      line: 2,
    });
  });

  test('compiles, and gives the same bytes each time', async () => {
    const directory = fileTree({ 'hiawatha.conf': GOOD, 'mimetype.conf': '' });
    const first = await run(['compile', '.'], directory);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.output)).toMatchObject({ formatVersion: 1 });
    expect(await run(['compile', join(directory, 'hiawatha.conf')], '/')).toEqual(first);
  });

  test('explains', async () => {
    const { exitCode, output } = await run(['explain', 'HW401']);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^HW401 unknown-[a-z]+\n/);
  });

  test('says so when the current directory was removed', () => {
    const script = 'mkdir "$2" && cd "$2" && rmdir "$2" && "$0" "$1" check .';
    const directory = join(fileTree({}), 'gone');
    const result = spawnSync('sh', ['-c', script, process.execPath, BIN, directory], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect({ errors: result.stderr, status: result.status }).toEqual({
      errors:
        'hiawatha-ts: the current directory does not exist any more; change to another one, and start again\n',
      status: 3,
    });
  });

  test('shows no stack trace, but where a bug is to be reported', async () => {
    const broken = {
      console: recordingConsole(),
      workingDirectory: '/',
      environment: {
        get GITHUB_STEP_SUMMARY(): string {
          throw new TypeError('x is not\n  a function');
        },
      },
      exitNow: () => undefined,
    };
    expect(await runCommandLine(['check', '.'], broken)).toBe(3);
    expect(broken.console.errors()).toMatch(
      /^hiawatha-ts: this is a bug: x is not a function\nPlease report it at https:.*\n$/,
    );
  });
});

describe('check for a server', () => {
  const SITE = `${GOOD}AccessLogfile = none\n`;

  test('names what has no effect in this one, and nothing of it otherwise', async () => {
    const directory = fileTree({
      'mimetype.conf': '',
      'hiawatha.conf': `${SITE}WaitForCGI = no\nThreadPoolSize = 30\nUserDirectory = public_html\nWorkDirectory = /var/lib/web\n`,
    });
    const args = ['check', '--format', 'unix', 'hiawatha.conf'];
    const hiawatha = await run(args, directory);
    expect(hiawatha.output).not.toContain('HW415');
    const ours = await run([...args, '--server', 'hiawatha-ts'], directory);
    expect(ours.exitCode).toBe(0);
    expect(ours.output.split('\n').filter((line) => line.includes('HW415'))).toEqual([
      expect.stringContaining('hiawatha.conf:7:1: warning: WaitForCGI is set, and has no effect'),
      expect.stringContaining(
        'hiawatha.conf:8:1: warning: ThreadPoolSize is set, and has no effect: ',
      ),
      expect.stringContaining(
        'hiawatha.conf:10:1: warning: WorkDirectory is set, and has no effect: ',
      ),
    ]);
  });

  test('knows no other', async () => {
    const { exitCode, errors } = await run(['check', '--server', 'nginx', '.']);
    expect(exitCode).toBe(2);
    expect(errors).toContain('hiawatha-ts');
  });
});

describe('check of WrapCGI', () => {
  const SITE = `${GOOD}CGIextension = cgi\nExecuteCGI = yes\nWrapCGI = site2\n`;
  const WRAPPER = 'Wrap = site1 ; /srv/www ; www-site1\n';

  test.each([
    { args: ['hiawatha.conf'], isFound: false },
    { args: ['hiawatha.conf', 'cgi-wrapper.conf'], isFound: true },
    { args: ['hiawatha.conf', '--fs'], isFound: true },
  ])('with $args looks for the id: $isFound', async ({ args, isFound }) => {
    const directory = fileTree({ 'hiawatha.conf': SITE, 'cgi-wrapper.conf': WRAPPER });
    const { output } = await run(['check', '--format', 'unix', ...args], directory);
    expect(output.includes('cgi-wrapper.conf has no entry "site2"')).toBe(isFound);
  });

  test('says nothing of a cgi-wrapper.conf that cannot be read as a whole', async () => {
    const directory = fileTree({ 'hiawatha.conf': SITE, 'cgi-wrapper.conf': 'Wrap = site2\n' });
    const { output } = await run(
      ['check', '--format', 'unix', 'hiawatha.conf', 'cgi-wrapper.conf'],
      directory,
    );
    expect(output).not.toContain('has no entry');
  });
});
