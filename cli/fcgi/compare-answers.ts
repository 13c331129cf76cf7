/** What an application answers now and did not answer before. */
import {
  bytesOfBody,
  type ExchangeRecord,
  type RecordedBody,
} from '../../runtime/recording/exchange-record.ts';

type Answer = Extract<ExchangeRecord['outcome'], { kind: 'answer' }>;

/** One difference; null: it was not there, or is not. */
export interface AnswerDifference {
  /** `status`, `body`, or a field in lower case. */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What is otherwise in every answer. */
const ALWAYS_IGNORED = ['date'];

/** How much of a body that differs is shown. */
const SHOWN_BYTES = 60;

/**
 * Compares two answers: status, fields in any order, body.
 *
 * @param ignored - Names of fields that do not count, and `body`.
 */
export function compareAnswers(
  before: Answer,
  after: Pick<Answer, 'status' | 'fields' | 'body'>,
  ignored: readonly string[],
): AnswerDifference[] {
  const differences: AnswerDifference[] = [];
  const add = (what: string, one: string | null, other: string | null): void => {
    if (one !== other) differences.push({ what, before: one, after: other });
  };
  add('status', String(before.status), String(after.status));
  const [fieldsBefore, fieldsAfter] = [fieldsOf(before.fields), fieldsOf(after.fields)];
  const skipped = new Set([...ALWAYS_IGNORED, ...ignored.map((name) => name.toLowerCase())]);
  for (const name of [...new Set([...fieldsBefore.keys(), ...fieldsAfter.keys()])].toSorted()) {
    if (skipped.has(name)) continue;
    add(name, fieldsBefore.get(name) ?? null, fieldsAfter.get(name) ?? null);
  }
  if (!skipped.has('body')) {
    const body = compareBodies(before.body, after.body);
    if (body !== null) differences.push(body);
  }
  return differences;
}

/** By name; values of the same name in the order they came. */
function fieldsOf(fields: readonly (readonly [string, string])[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const known = all.get(key);
    all.set(key, known === undefined ? value : `${known}, ${value}`);
  }
  return all;
}

function compareBodies(before: RecordedBody, after: RecordedBody): AnswerDifference | null {
  // Nothing can be said of what was left out.
  if (before.missing === 'secret' || after.missing === 'secret') return null;
  const [one, other] = [bytesOfBody(before), bytesOfBody(after)];
  const isSameSize = before.bytes === after.bytes || before.missing === undefined;
  const compared = before.missing === 'cut' ? other.subarray(0, one.length) : other;
  if (isSameSize && one.equals(compared)) return null;
  const at = firstDifference(one, compared);
  return {
    what: 'body',
    before: excerpt(one, at, before.bytes),
    after: excerpt(other, at, after.bytes),
  };
}

function firstDifference(one: Buffer, other: Buffer): number {
  const end = Math.min(one.length, other.length);
  for (let at = 0; at < end; at += 1) if (one[at] !== other[at]) return at;
  return end;
}

function excerpt(bytes: Buffer, at: number, whole: number): string {
  const shown = bytes.toString('utf8', at, at + SHOWN_BYTES);
  return `${whole} bytes, from ${at}: ${JSON.stringify(shown)}`;
}
