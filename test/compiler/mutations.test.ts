/** Whatever is done to a configuration, there are diagnostics and nothing else: no exception, no long wait. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { encodeRoutingTable } from '../../routing-table/format.ts';
import { environmentOf } from '../conformance/corpus-environment.ts';
import { type CorpusCase, loaderOf, readCorpus } from '../conformance/corpus.ts';
import { mutate, seededRandom } from '../support/mutate.ts';

/** Of processor time: the machine may have other things to do. */
const LIMIT_MS = 2000;
const ROUNDS = 3;

/** The case with every file damaged; the seed is made of its place, so that a failure can be made again. */
function damaged(corpusCase: CorpusCase, seed: number): CorpusCase {
  const random = seededRandom(seed);
  const files = Object.entries(corpusCase.files).map(
    ([name, text]) => [name, Buffer.from(mutate(text, random)).toString('latin1')] as const,
  );
  return { ...corpusCase, files: Object.fromEntries(files) };
}

function spansOf({ span, notes, fix }: Diagnostic) {
  return [
    span,
    ...notes.flatMap((note) => note.span ?? []),
    ...(fix?.edits.map((edit) => edit.span) ?? []),
  ];
}

/** What must not be, in words; empty when all is well. */
function complaints(corpusCase: CorpusCase): string[] {
  const loader = loaderOf(corpusCase);
  const started = process.threadCpuUsage();
  const { table, diagnostics } = compile(loader, 'hiawatha.conf', {
    environment: environmentOf(loader),
  });
  const { user, system } = process.threadCpuUsage(started);
  const tookMs = (user + system) / 1000;
  if (table !== null) encodeRoutingTable(table);
  const outside = diagnostics.filter((diagnostic) =>
    spansOf(diagnostic).some(
      ({ file, start, end }) => !(0 <= start && start <= end && end <= file.text.length),
    ),
  );
  const wordless = diagnostics.filter(({ message }) =>
    /\bundefined\b(?! behaviour)|NaN|\[object|no viable|Expecting/.test(message),
  );
  const isRefused = diagnostics.some(({ severity }) => severity === 'error');
  return [
    ...(tookMs > LIMIT_MS ? [`took ${Math.round(tookMs)} ms`] : []),
    ...outside.map(({ code, message }) => `outside of its file: ${code} ${message}`),
    ...wordless.map(({ code, message }) => `not in words: ${code} ${message}`),
    ...(isRefused === (table === null) ? [] : ['a table with errors, or none without']),
  ];
}

describe('compile', () => {
  const cases = readCorpus();

  test.each(Array.from({ length: ROUNDS }, (_, round) => ({ round })))(
    'gives diagnostics for every damaged file of the corpus, round $round',
    ({ round }) => {
      const found = cases.flatMap((corpusCase, index) => {
        const seed = round * cases.length + index;
        try {
          return complaints(damaged(corpusCase, seed)).map(
            (complaint) => `${corpusCase.name}, seed ${seed}: ${complaint}`,
          );
        } catch (error) {
          return [`${corpusCase.name}, seed ${seed}: threw ${String(error)}`];
        }
      });
      expect(found).toEqual([]);
    },
    60_000,
  );
});
