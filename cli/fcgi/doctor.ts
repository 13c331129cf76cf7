/** `hiawatha-ts fcgi doctor`: why requests to an application end in 502, 503, 404 or nothing. */
import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';

import type { Endpoint } from '../../routing-table/schema.ts';
import { describeConnectError, endpointText } from '../../runtime/worker/connect-error.ts';
import type { Console, Tone } from '../console.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { probeFastCgi } from '../probe-fastcgi.ts';
import { visibleInLine } from '../report/visible-text.ts';
import { askFastCgi, type FcgiOutcome } from './ask.ts';
import { connectErrorOf } from './connect-error-of.ts';
import { variablesOf } from './variables.ts';

/** What the command line of `fcgi doctor` asks for. */
export interface DoctorOptions {
  readonly endpoint: Endpoint;
  /** Directory of a script to try, as the web server sees it; null: none is tried. */
  readonly root: string | null;
  /** Path of that script below the root. */
  readonly script: string;
  /** ping.path of php-fpm. */
  readonly pingPath: string;
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

/** One thing that was looked at. `advice`: what to do. */
interface Finding {
  readonly step: 'path' | 'connect' | 'values' | 'ping' | 'script';
  readonly verdict: 'ok' | 'note' | 'fault';
  readonly text: string;
  readonly advice: string | null;
}

const TONES: Readonly<Record<Finding['verdict'], Tone>> = {
  ok: 'good',
  note: 'hint',
  fault: 'error',
};

/** @returns problems when a fault was found. */
export async function runDoctor(options: DoctorOptions, console: Console): Promise<ExitCode> {
  const findings: Finding[] = [];
  for await (const finding of examine(options)) {
    findings.push(finding);
    if (options.isJson) continue;
    const { step, verdict, text, advice } = finding;
    console.out(
      `${console.paint(TONES[verdict], verdict.padEnd(5))} ${step}: ${visibleInLine(text)}\n`,
    );
    if (advice !== null) console.out(`      → ${advice}\n`);
  }
  if (options.isJson) console.out(`${JSON.stringify({ version: 1, findings }, null, 2)}\n`);
  return findings.some(({ verdict }) => verdict === 'fault') ? EXIT.problems : EXIT.ok;
}

async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  const { endpoint, timeoutMs, root } = options;
  if (endpoint.kind === 'unix') {
    const finding = await examinePath(endpoint.path);
    yield finding;
    if (finding.verdict === 'fault') return;
  }
  const code = await connectErrorOf(endpoint, timeoutMs);
  if (code !== null) {
    yield fault('connect', await describeConnectError(endpoint, code), adviceFor(code, endpoint));
    return;
  }
  yield ok('connect', `${endpointText(endpoint)} accepts connections`);
  yield await examineValues(endpoint, timeoutMs);
  yield await examinePing(options);
  if (root !== null) yield await examineScript(options, root);
}

function ok(step: Finding['step'], text: string): Finding {
  return { step, verdict: 'ok', text, advice: null };
}

function fault(step: Finding['step'], text: string, advice: string | null): Finding {
  return { step, verdict: 'fault', text, advice };
}

/** Who may go through each directory down to a socket, and write to it. */
async function examinePath(path: string): Promise<Finding> {
  const { username } = userInfo();
  const elements = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) elements.unshift(dirname(at));
  for (const element of elements) {
    const isSocket = element === path;
    const facts = await stat(element).catch(() => null);
    if (facts === null) {
      return (await isEntered(dirname(element)))
        ? fault(
            'path',
            `${element} does not exist`,
            isSocket
              ? 'start the application, or correct its "listen"'
              : 'create the directory, or correct the path',
          )
        : fault(
            'path',
            `${username} may not enter ${dirname(element)}`,
            `chmod a+x ${dirname(element)}, or put ${username} into its group`,
          );
    }
    if (isSocket && !facts.isSocket()) {
      return fault('path', `${path} is no socket`, 'give the path that the application listens on');
    }
    const right = isSocket ? constants.W_OK : constants.X_OK;
    const isAllowed = await access(element, right).then(
      () => true,
      () => false,
    );
    if (isAllowed) continue;
    const owned = `owner ${facts.uid}, group ${facts.gid}, mode ${(facts.mode & 0o777).toString(8)}`;
    return isSocket
      ? fault(
          'path',
          `${username} may not write to ${element} (${owned})`,
          'with php-fpm: set listen.owner, listen.group and listen.mode = 0660',
        )
      : fault(
          'path',
          `${username} may not enter ${element} (${owned})`,
          `chmod a+x ${element}, or put ${username} into its group`,
        );
  }
  return ok('path', `${username} may go through each directory and write to the socket`);
}

function isEntered(directory: string): Promise<boolean> {
  return access(directory, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function adviceFor(code: string, endpoint: Endpoint): string | null {
  switch (code) {
    case 'ECONNREFUSED':
      return endpoint.kind === 'unix'
        ? 'the socket is left over: start the application again'
        : 'start the application, or correct its port';
    case 'ENOENT':
      return 'start the application, or correct its "listen"';
    case 'EAGAIN':
      return 'more processes are needed: with php-fpm raise pm.max_children';
    case 'EACCES':
      return 'with php-fpm: set listen.owner, listen.group and listen.mode = 0660';
    case 'ETIMEDOUT':
      return 'see whether a firewall drops the packets, and whether the application hangs';
    default:
      return null;
  }
}

async function examineValues(endpoint: Endpoint, timeoutMs: number): Promise<Finding> {
  const facts = await probeFastCgi(endpoint, timeoutMs);
  switch (facts.kind) {
    case 'answered': {
      const values = facts.values.map(([name, value]) => `${name}=${value}`).join(', ');
      return ok('values', values === '' ? 'it speaks FastCGI' : `it speaks FastCGI: ${values}`);
    }
    case 'foreign':
      return fault(
        'values',
        'what listens there does not speak FastCGI',
        'give the address of the application, not of a web server',
      );
    case 'silent':
    case 'refused':
      return {
        step: 'values',
        verdict: 'note',
        text: 'no answer to FCGI_GET_VALUES: many applications on libfcgi know it not, or all processes are busy',
        advice: null,
      };
  }
}

async function examinePing(options: DoctorOptions): Promise<Finding> {
  const outcome = await ask(options, options.pingPath, null);
  const said = textOf(outcome);
  if (outcome.kind === 'answered' && outcome.head.status === 200) {
    return ok('ping', `${options.pingPath} answers: ${said.trim().slice(0, 60)}`);
  }
  if (outcome.kind === 'answered') {
    return {
      step: 'ping',
      verdict: 'note',
      text: `it answers ${options.pingPath} with ${outcome.head.status}: it works, and has no ping page there`,
      advice: null,
    };
  }
  return fault(
    'ping',
    outcome.reason,
    outcome.reason.startsWith('no whole answer')
      ? 'all its processes are busy or hang: see its log, raise pm.max_children, set request_terminate_timeout'
      : 'see the log of the application',
  );
}

/** Asks for a real script, and reads what applications say when they do not find it. */
async function examineScript(options: DoctorOptions, root: string): Promise<Finding> {
  const file = join(root, options.script);
  const outcome = await ask(options, options.script, root);
  if (outcome.kind !== 'answered')
    return fault('script', outcome.reason, 'see the log of the application');
  const said = `${textOf(outcome)}\n${outcome.stderr.toString('utf8')}`;
  const isHere = await access(file).then(
    () => true,
    () => false,
  );
  const { status } = outcome.head;
  if (/Primary script unknown|No input file specified|File not found/i.test(said)) {
    return fault(
      'script',
      `the application does not find ${file} (${status})`,
      isHere
        ? 'the file is here: it sees other files (a chroot or container: set ServerRoot), or its user may not enter each directory above it'
        : 'there is no such file here either: correct WebsiteRoot, or the path',
    );
  }
  if (/Access denied/i.test(said) && status === 403) {
    return fault(
      'script',
      `the application refuses to run ${file} (403)`,
      'its extension is not in security.limit_extensions of php-fpm',
    );
  }
  return status >= 500
    ? fault('script', `${file} ends in ${status}`, 'see the log of the application')
    : ok('script', `${file} is answered with ${status} after ${outcome.ms} ms`);
}

function ask(options: DoctorOptions, path: string, root: string | null): Promise<FcgiOutcome> {
  return askFastCgi({
    endpoint: options.endpoint,
    variables: variablesOf({ path, root, bodyBytes: 0, parameters: [] }),
    stdin: new Uint8Array(0),
    timeoutMs: options.timeoutMs,
  });
}

function textOf(outcome: FcgiOutcome): string {
  return outcome.kind === 'answered' ? outcome.body.toString('utf8') : '';
}
