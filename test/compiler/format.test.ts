/** What `fmt` writes means what stood there before: over the corpus, and over damaged files of it. */
import { describe, expect, test } from 'vitest';
import { encodeLike } from '../../cli/encoding.ts';
import { compile } from '../../compiler/compile.ts';
import { format } from '../../grammar/format.ts';
import { decodeSource } from '../../grammar/source.ts';
import { expand } from '../../compiler/expand.ts';
import type { SourceLoader } from '../../compiler/source-loader.ts';
import { type CorpusCase, loaderOf, readCorpus } from '../conformance/corpus.ts';
import { mutate, seededRandom } from '../support/mutate.ts';

/** The table, and what is wrong; without places, which may move. */
function meaningOf(loader: SourceLoader): string {
  const { table, diagnostics } = compile(loader, 'hiawatha.conf');
  const errors = diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message }) => `${code} ${message}`)
    .sort();
  return JSON.stringify([table, errors]);
}

/** The loader with each file formatted where it can be. */
function formatting(loader: SourceLoader): SourceLoader {
  const configuration = new Set(
    expand(loader, 'hiawatha.conf').config.files.map(({ source }) => source.path),
  );
  return {
    ...loader,
    load(path) {
      const loaded = loader.load(path);
      if (loaded.kind !== 'file' || !configuration.has(path)) return loaded;
      const source = decodeSource(path, loaded.bytes);
      const text = format(source);
      const bytes = text === null ? null : encodeLike(loaded.bytes, source.text, text);
      return bytes === null ? loaded : { kind: 'file', bytes };
    },
  };
}

function changedBy(cases: readonly CorpusCase[]): string[] {
  return cases
    .filter((corpusCase) => {
      const loader = loaderOf(corpusCase);
      return meaningOf(formatting(loader)) !== meaningOf(loader);
    })
    .map(({ name }) => name);
}

describe('format', () => {
  const cases = readCorpus();

  test('never changes the compiled table, over the corpus', () => {
    expect(changedBy(cases)).toEqual([]);
  }, 60_000);

  test('never changes the compiled table, over damaged files', () => {
    const random = seededRandom(20_261_124);
    const damaged = cases.map((corpusCase) => ({
      ...corpusCase,
      files: Object.fromEntries(
        Object.entries(corpusCase.files).map(([name, text]) => [name, mutate(text, random)]),
      ),
    }));
    expect(changedBy(damaged)).toEqual([]);
  }, 60_000);

  test('is stable over damaged files', () => {
    const random = seededRandom(7);
    const texts = cases
      .flatMap(({ files }) => Object.values(files))
      .map((text) => mutate(text, random));
    const unstable = texts.filter((text) => {
      const once = format({ path: 'x', text });
      return once !== null && format({ path: 'x', text: once }) !== once;
    });
    expect(unstable).toEqual([]);
  });
});
