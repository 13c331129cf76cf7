/** Repairs over the whole corpus: they end, they leave nothing to repair, and safe ones leave the meaning as it is. */
import { describe, expect, test } from 'vitest';
import { applyFixes } from '../../cli/repair.ts';
import { compile, type CompileResult } from '../../compiler/compile.ts';
import type { SourceLoader } from '../../compiler/source-loader.ts';
import { loaderOf, readCorpus } from '../conformance/corpus.ts';

const MAX_ROUNDS = 20;

interface Repaired {
  readonly first: CompileResult;
  readonly last: CompileResult;
  readonly rounds: number;
}

/** Repairs until nothing changes any more, or it is plain that it never ends. */
function repair(loader: SourceLoader, withUnsafe: boolean): Repaired {
  const texts = new Map<string, string>();
  const repairing: SourceLoader = {
    ...loader,
    load(path) {
      const text = texts.get(path);
      return text === undefined ? loader.load(path) : { kind: 'file', bytes: Buffer.from(text) };
    },
  };
  const first = compile(repairing, 'hiawatha.conf');
  let last = first;
  for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
    const { files } = applyFixes(last.diagnostics, withUnsafe);
    if (files.length === 0) return { first, last, rounds };
    for (const { file, text } of files) texts.set(file.path, text);
    last = compile(repairing, 'hiawatha.conf');
  }
  return { first, last, rounds: MAX_ROUNDS };
}

describe('repairs', () => {
  const cases = readCorpus().map((corpusCase) => ({
    name: corpusCase.name,
    loader: loaderOf(corpusCase),
  }));

  test.each([{ withUnsafe: false }, { withUnsafe: true }])(
    'end and leave none of themselves, with unsafe ones: $withUnsafe',
    ({ withUnsafe }) => {
      const failing = cases.filter(({ loader }) => {
        const { last, rounds } = repair(loader, withUnsafe);
        const left = last.diagnostics.filter(
          ({ fix }) => fix?.safe === true || (withUnsafe && fix),
        );
        return rounds === MAX_ROUNDS || left.length > 0;
      });
      expect(failing.map(({ name }) => name)).toEqual([]);
    },
    60_000,
  );

  test('that are safe leave the table as it is, and add no errors', () => {
    const changing = cases.filter(({ loader }) => {
      const { first, last } = repair(loader, false);
      const errors = [first, last].map(
        ({ diagnostics }) => diagnostics.filter(({ severity }) => severity === 'error').length,
      );
      return (
        (errors[1] ?? 0) > (errors[0] ?? 0) ||
        (first.table !== null && JSON.stringify(first.table) !== JSON.stringify(last.table))
      );
    });
    expect(changing.map(({ name }) => name)).toEqual([]);
  }, 60_000);
});
