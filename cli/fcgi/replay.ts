/** `hiawatha-ts fcgi replay`: what was recorded, once more, and what has changed. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import type { Endpoint } from '../../routing-table/schema.ts';
import {
  bytesOfBody,
  decodeExchange,
  type ExchangeRecord,
  recordedBody,
} from '../../runtime/recording/exchange-record.ts';
import { maskAnswer, maskFields } from '../../runtime/recording/mask.ts';
import { CommandError } from '../command-error.ts';
import type { Console, Tone } from '../console.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { visibleInLine } from '../report/visible-text.ts';
import { describeSystemError } from '../system-error.ts';
import { latin1 } from './address.ts';
import { askFastCgi, type FcgiAnswer } from './ask.ts';
import { type AnswerDifference, compareAnswers } from './compare-answers.ts';

/** What the command line of `fcgi replay` asks for. */
export interface ReplayOptions {
  readonly endpoint: Endpoint;
  /** Files, and directories with files in them. */
  readonly paths: readonly string[];
  readonly workingDirectory: string;
  /** Where the application has the files that were below DOCUMENT_ROOT; null: in the same place. */
  readonly root: string | null;
  /** Fields that do not count, and `body`. */
  readonly ignored: readonly string[];
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

/** What came of one record. */
interface Result {
  readonly file: string;
  readonly request: string;
  readonly verdict: 'same' | 'differs' | 'left-out' | 'broken' | 'unreachable';
  /** Why, where there is no answer to compare. */
  readonly reason: string | null;
  readonly differences: readonly AnswerDifference[];
}

const TONES: Readonly<Record<Result['verdict'], Tone>> = {
  same: 'good',
  differs: 'error',
  'left-out': 'hint',
  broken: 'error',
  unreachable: 'error',
};

/** @returns problems when an answer differs or does not come; unable when nobody can be reached. */
export async function runReplay(options: ReplayOptions, console: Console): Promise<ExitCode> {
  const results: Result[] = [];
  for (const file of recordFiles(options)) {
    const result = await replay(file, options);
    results.push(result);
    if (!options.isJson) show(result, console);
    // The others would say the same.
    if (result.verdict === 'unreachable') break;
  }
  const count = (verdict: Result['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length;
  if (options.isJson) {
    console.out(`${JSON.stringify({ version: 1, results }, null, 2)}\n`);
  } else {
    console.out(
      `${count('same')} same, ${count('differs') + count('broken')} different, ${count('left-out')} left out\n`,
    );
  }
  if (count('unreachable') > 0) return EXIT.unable;
  return count('differs') + count('broken') > 0 ? EXIT.problems : EXIT.ok;
}

function recordFiles({ paths, workingDirectory }: ReplayOptions): string[] {
  return paths.flatMap((path) => {
    const absolute = resolve(workingDirectory, path);
    try {
      if (!statSync(absolute).isDirectory()) return [absolute];
      const names = readdirSync(absolute).filter((name) => name.endsWith('.json'));
      if (names.length > 0) return names.toSorted().map((name) => join(absolute, name));
    } catch (error) {
      throw cannotRead(path, describeSystemError(error), error);
    }
    throw cannotRead(path, 'there is no record in it; hiawatha-ts serve --record makes them');
  });
}

function readRecord(file: string, name: string): ExchangeRecord {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw cannotRead(name, describeSystemError(error), error);
  }
  const record = decodeExchange(text);
  if (typeof record !== 'string') return record;
  throw cannotRead(name, `${record}; give a file that hiawatha-ts serve --record has made`);
}

function cannotRead(name: string, why: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.unable, `cannot read ${name}: ${why}`, { cause });
}

async function replay(path: string, options: ReplayOptions): Promise<Result> {
  const file = relative(options.workingDirectory, path) || path;
  const record = readRecord(path, file);
  const request = requestLine(record);
  const base = { file, request, differences: [] };
  if (record.body.missing !== undefined) {
    const why =
      record.body.missing === 'cut'
        ? 'only the beginning of its body was kept'
        : 'its body was not kept, because it may hold secrets (serve --record-secrets keeps it)';
    return { ...base, verdict: 'left-out', reason: why };
  }
  const stdin = bytesOfBody(record.body);
  const outcome = await askFastCgi({
    endpoint: options.endpoint,
    variables: variablesFor(record, stdin.length, options.root),
    stdin,
    timeoutMs: options.timeoutMs,
  });
  if (outcome.kind !== 'answered') {
    return {
      ...base,
      verdict: outcome.kind === 'unreachable' ? 'unreachable' : 'broken',
      reason: outcome.reason,
    };
  }
  return { ...base, ...judge(record, answerOf(outcome, record.isMasked), options.ignored) };
}

/** Only the size of the body, and the place of the files, may be others than they were. */
function variablesFor(
  { variables }: ExchangeRecord,
  bodyBytes: number,
  root: string | null,
): (readonly [string, string])[] {
  const oldRoot = variables.find(([name]) => name === 'DOCUMENT_ROOT')?.[1] ?? null;
  return variables.map(([name, value]) => {
    if (name === 'CONTENT_LENGTH') return [name, String(bodyBytes)];
    if (root === null || oldRoot === null) return [name, value];
    const isBelow = value === oldRoot || value.startsWith(`${oldRoot}/`);
    return [name, isBelow ? latin1(root) + value.slice(oldRoot.length) : value];
  });
}

type Answer = Extract<ExchangeRecord['outcome'], { kind: 'answer' }>;

function answerOf(outcome: FcgiAnswer, isMasked: boolean): Answer {
  const { status, fields } = outcome.head;
  const answer: Answer = {
    kind: 'answer',
    status,
    fields: fields.map(([name, value]) => [name, value]),
    body: recordedBody(outcome.body, outcome.body.length),
    ms: outcome.ms,
  };
  // What was replaced in the record would differ each time.
  return isMasked
    ? { ...answer, fields: maskFields(answer.fields), body: maskAnswer(answer) }
    : answer;
}

function judge(
  { outcome, variables }: ExchangeRecord,
  answer: Answer,
  ignored: readonly string[],
): Pick<Result, 'verdict' | 'reason' | 'differences'> {
  switch (outcome.kind) {
    case 'aborted':
      return { verdict: 'same', reason: 'the client had gone away before', differences: [] };
    case 'failure':
      return {
        verdict: 'differs',
        reason: `it failed before: ${outcome.message}`,
        differences: [
          { what: 'status', before: String(outcome.status), after: String(answer.status) },
        ],
      };
    case 'answer': {
      // Of the answer to HEAD, the server takes no body.
      const isHead = variables.some(
        ([name, value]) => name === 'REQUEST_METHOD' && value === 'HEAD',
      );
      const skipped = isHead ? [...ignored, 'body'] : ignored;
      const differences = compareAnswers(outcome, answer, skipped);
      return { verdict: differences.length > 0 ? 'differs' : 'same', reason: null, differences };
    }
  }
}

function requestLine({ variables }: ExchangeRecord): string {
  const value = (name: string): string => variables.find(([one]) => one === name)?.[1] ?? '-';
  return `${value('REQUEST_METHOD')} ${value('REQUEST_URI')}`;
}

function show({ file, request, verdict, reason, differences }: Result, console: Console): void {
  const word = console.paint(TONES[verdict], verdict.padEnd(8));
  const why = reason === null ? '' : `: ${visibleInLine(reason)}`;
  console.out(`${word} ${file} ${visibleInLine(request)}${why}\n`);
  for (const { what, before, after } of differences) {
    console.out(`  ${visibleInLine(what)}\n`);
    if (before !== null)
      console.out(`    ${console.paint('error', `- ${visibleInLine(before)}`)}\n`);
    if (after !== null) console.out(`    ${console.paint('good', `+ ${visibleInLine(after)}`)}\n`);
  }
}
