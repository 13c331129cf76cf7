/** `hiawatha-ts fcgi get`: one request to an application, and what it says. */
import type { Endpoint } from '../../routing-table/schema.ts';
import type { NameValuePairs } from '../../runtime/fastcgi/name-value.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { visibleInLine } from '../report/visible-text.ts';
import { askFastCgi, type FcgiAnswer } from './ask.ts';
import { variablesOf } from './variables.ts';

/** What the command line of `fcgi get` asks for. */
export interface GetOptions {
  readonly endpoint: Endpoint;
  readonly path: string;
  readonly root: string | null;
  readonly parameters: NameValuePairs;
  /** The body of a POST, which may be empty; null for a GET. */
  readonly stdin: Uint8Array | null;
  readonly timeoutMs: number;
  readonly isTraced: boolean;
  readonly isJson: boolean;
}

/** @returns problems when the application answers with an error, or not as it should; unable when it cannot be reached. */
export async function runGet(options: GetOptions, console: Console): Promise<ExitCode> {
  const { endpoint, stdin, timeoutMs, isTraced, isJson } = options;
  const records: { direction: string; record: string }[] = [];
  const outcome = await askFastCgi({
    endpoint,
    variables: variablesOf({ ...options, bodyBytes: stdin?.length ?? null }),
    stdin: stdin ?? new Uint8Array(0),
    timeoutMs,
    onRecord: (direction, record) => {
      records.push({ direction, record });
      if (isTraced && !isJson) {
        console.err(console.paintErr('faint', `${direction === 'sent' ? '>' : '<'} ${record}\n`));
      }
    },
  });
  const trace = isTraced ? { records } : {};
  if (outcome.kind === 'answered') {
    if (isJson) print(console, { kind: outcome.kind, ...answerJson(outcome), ...trace });
    else console.out(outcome.stdout);
    if (!isJson) showErrors(outcome.stderr, console);
    return outcome.head.status < 400 ? EXIT.ok : EXIT.problems;
  }
  const stderr = outcome.kind === 'broken' ? outcome.stderr : Buffer.alloc(0);
  if (isJson) {
    const { kind, reason } = outcome;
    print(console, { kind, reason, stderr: stderr.toString('utf8'), ...trace });
  } else {
    showErrors(stderr, console);
    console.err(`hiawatha-ts: ${outcome.reason}\n`);
  }
  return outcome.kind === 'unreachable' ? EXIT.unable : EXIT.problems;
}

function print(console: Console, value: object): void {
  console.out(`${JSON.stringify({ version: 1, ...value }, null, 2)}\n`);
}

function answerJson({ head, body, stderr, appStatus, ms }: FcgiAnswer): object {
  const text = body.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(body);
  return {
    status: head.status,
    fields: head.fields,
    ...(isText ? { body: text } : { bodyBase64: body.toString('base64') }),
    stderr: stderr.toString('utf8'),
    appStatus,
    ms,
  };
}

function showErrors(stderr: Buffer, console: Console): void {
  for (const line of stderr.toString('utf8').split('\n')) {
    if (line !== '')
      console.err(`${console.paintErr('warning', 'stderr:')} ${visibleInLine(line)}\n`);
  }
}
