import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegexCase } from '../../grammar/regex/cases.ts';

/** The answer of the C library to one case. */
export type GlibcAnswer =
  | { readonly kind: 'refused' | 'slow' }
  /** For each subject the offsets in bytes of the match and its groups, or null. */
  | { readonly kind: 'accepted'; readonly matches: readonly (readonly Offsets[] | null)[] };

/** -1, -1: the group took no part. */
export type Offsets = readonly [start: number, end: number];

/** Asks the C library of this system. Needs gcc. */
export function askGlibc(cases: readonly RegexCase[]): GlibcAnswer[] {
  const folder = mkdtempSync(join(tmpdir(), 'regex-oracle-'));
  try {
    const program = join(folder, 'oracle');
    execFileSync('gcc', ['-O1', '-o', program, join(import.meta.dirname, 'oracle.c')]);
    const output = execFileSync(program, {
      input: cases.map(lineOf).join(''),
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      env: { LC_ALL: 'C' },
    });
    return output.trimEnd().split('\n').map(answerOf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function lineOf({ expression, ignoreCase, subjects }: RegexCase): string {
  return `${[ignoreCase === true ? 'i' : '-', hex(expression), ...(subjects ?? []).map(hex)].join(' ')}\n`;
}

function hex(text: string): string {
  return text === '' ? '.' : Buffer.from(text, 'utf8').toString('hex');
}

function answerOf(line: string): GlibcAnswer {
  const [verdict = '', , ...matches] = line.split(' ');
  if (verdict === 'refused') return { kind: 'refused' };
  if (line.endsWith('slow')) return { kind: 'slow' };
  return {
    kind: 'accepted',
    matches: matches.map((match) =>
      match === 'no'
        ? null
        : match.split(':').map((pair): Offsets => {
            const [start = -1, end = -1] = pair.split(',').map(Number);
            return [start, end];
          }),
    ),
  };
}

/** An answer as `test/grammar/regex/glibc-results.json` keeps it. */
export function describeAnswer(answer: GlibcAnswer, { subjects }: RegexCase): string[] {
  if (answer.kind !== 'accepted') return [answer.kind];
  const shown = answer.matches.map((match, index) => {
    const bytes = Buffer.from(subjects?.[index] ?? '', 'utf8').toString('latin1');
    if (match === null) return 'no';
    const groups = match.map(([start, end]) =>
      start === -1 ? '-' : JSON.stringify(bytes.slice(start, end)),
    );
    return `${match[0]?.[0] ?? -1}: ${groups.join(' ')}`;
  });
  return ['accepted', ...shown];
}
