/** `hiawatha-ts fcgi doctor`: why requests to an application end in 502, 503, 404 or nothing. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Endpoint } from '../../routing-table/schema.ts';
import { saysScriptIsMissing } from '../../runtime/cgi/missing-script.ts';
import { systemErrorCode } from '../system-error.ts';
import { describeConnectError } from '../../runtime/worker/connect-error.ts';
import type { Console, Tone } from '../console.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { probeFastCgi } from '../probe-fastcgi.ts';
import { visibleInLine } from '../report/visible-text.ts';
import { askFastCgi, type FcgiOutcome } from './ask.ts';
import { connectErrorOf } from './connect-error-of.ts';
import { closedElement, nameOfThisUser, socketFault } from './path-rights.ts';
import { variablesOf } from './variables.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

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
    if (advice !== null) console.out(`      → ${visibleInLine(advice)}\n`);
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
  const found = await socketFault(path);
  if (found !== null) return fault('path', found.text, found.advice);
  const text = `${nameOfThisUser()} may go through each directory and write to the socket`;
  if (process.geteuid?.() !== 0) return ok('path', text);
  return {
    step: 'path',
    verdict: 'note',
    text: `${text}, as root may everywhere`,
    advice: 'look with the rights of the web server: --user and the account of ServerId',
  };
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
  if (outcome.kind !== 'answered') {
    const isSlow = outcome.reason.startsWith('no whole answer');
    return fault(
      'script',
      outcome.reason,
      isSlow
        ? 'the script hangs or needs more time (--timeout): request_slowlog_timeout of php-fpm shows where'
        : 'see the log of the application',
    );
  }
  if (isMissing(outcome)) return explainMissing(options, root, file);
  const { status } = outcome.head;
  const said = `${textOf(outcome)}\n${outcome.stderr.toString('utf8')}`;
  if (/Access denied/i.test(said) && status === 403) return explainDenied(file, said);
  return status >= 500
    ? fault('script', `${file} ends in ${status}`, 'see the log of the application')
    : ok('script', `${file} is answered with ${status} after ${outcome.ms} ms`);
}

function isMissing(outcome: FcgiOutcome): boolean {
  if (outcome.kind !== 'answered') return false;
  const said = `${textOf(outcome)}\n${outcome.stderr.toString('utf8')}`;
  return saysScriptIsMissing(said) || /^File not found/.test(textOf(outcome));
}

/** It does not find the file: because it sees other directories, or may not go there, or there is none. */
async function explainMissing(
  options: DoctorOptions,
  root: string,
  file: string,
): Promise<Finding> {
  const text = `the application does not find ${file}`;
  const isHere = await stat(file).then(
    () => true,
    // What this user may not look at is there, for all it knows.
    (error: unknown) => systemErrorCode(error) === 'EACCES',
  );
  if (!isHere) {
    const advice = 'there is no such file here either: correct WebsiteRoot, or the path';
    return fault('script', text, advice);
  }
  const serverRoot = await rootOfApplication(options, root);
  if (serverRoot !== null) {
    return fault(
      'script',
      `${text}, and finds ${file.slice(serverRoot.length)}: ${serverRoot} is its root (chroot)`,
      `write "ServerRoot = ${serverRoot}" into the FastCGIserver section`,
    );
  }
  const closed = await closedElement(file);
  return closed === null
    ? fault(
        'script',
        `${text}, which is here`,
        'it sees other files (a container): have it see this directory under the same name, or set ServerRoot',
      )
    : fault('script', `${text}: ${closed.text}`, closed.advice);
}

/** The directory without which the application finds the script; null when there is none. */
async function rootOfApplication(options: DoctorOptions, root: string): Promise<string | null> {
  const directory = root.replace(/\/+$/, '');
  for (let at = directory.indexOf('/', 1); at !== -1; at = directory.indexOf('/', at + 1)) {
    const outcome = await ask(options, options.script, directory.slice(at));
    if (outcome.kind === 'answered' && !isMissing(outcome)) return directory.slice(0, at);
  }
  return null;
}

async function explainDenied(file: string, said: string): Promise<Finding> {
  const text = `the application refuses to run ${file} (403)`;
  if (/limit_extensions/.test(said)) {
    return fault('script', text, 'its extension is not in security.limit_extensions of php-fpm');
  }
  const closed = await closedElement(file);
  return closed === null
    ? fault('script', text, 'its user may not read the file, or the extension is none that it runs')
    : fault('script', `${text}: ${closed.text}`, closed.advice);
}

function ask(options: DoctorOptions, path: string, root: string | null): Promise<FcgiOutcome> {
  return askFastCgi({
    endpoint: options.endpoint,
    variables: variablesOf({ path, root, bodyBytes: null, parameters: [] }),
    stdin: new Uint8Array(0),
    timeoutMs: options.timeoutMs,
  });
}

function textOf(outcome: FcgiOutcome): string {
  return outcome.kind === 'answered' ? outcome.body.toString('utf8') : '';
}
