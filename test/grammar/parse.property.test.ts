/** Properties that hold for every text: what was written is read, and nothing but diagnostics comes of the rest. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand } from '../../compiler/expand.ts';
import type { ConfigItem } from '../../grammar/ast.ts';
import { format } from '../../grammar/format.ts';
import { parse } from '../../grammar/parse.ts';
import { readCorpus } from '../conformance/corpus.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

/** A file as plain data, which can be printed and read back. */
type Plain =
  | { readonly kind: 'directive'; readonly key: string; readonly value: string }
  | { readonly kind: 'set'; readonly key: string; readonly value: string }
  | { readonly kind: 'include'; readonly value: string }
  | { readonly kind: 'section'; readonly name: string; readonly items: readonly Plain[] };

const word = fc.stringMatching(/^[A-Za-z/:.~\-_]{1,12}$/);
const key = fc
  .stringMatching(/^[A-Za-z]{1,12}$/)
  .filter(
    (name) =>
      !/^(?:set|include|binding|directory|fastcgiserver|urltoolkit|virtualhost)$/i.test(name),
  );
const value = fc
  .array(fc.oneof(word, fc.constantFrom('a#b', 'x=y', 'é', '{2}', '"', 'a,b')), {
    minLength: 1,
    maxLength: 5,
  })
  .map((words) => words.join(' '))
  .filter((text) => !text.endsWith('{') && !text.startsWith('='));
const line: fc.Arbitrary<Plain> = fc.oneof(
  fc.record({ kind: fc.constant('directive' as const), key, value }),
  fc.record({ kind: fc.constant('set' as const), key, value }),
);
const section: fc.Arbitrary<Plain> = fc.record({
  kind: fc.constant('section' as const),
  name: fc.constantFrom('Binding', 'Directory', 'FastCGIserver', 'UrlToolkit', 'VirtualHost'),
  items: fc.array(line, { maxLength: 5 }),
});
const config = fc.array(
  fc.oneof(line, section, fc.record({ kind: fc.constant('include' as const), value: word })),
  { maxLength: 12 },
);

/** Blanks, comments and empty lines that must not matter. */
const style = fc.record({
  indent: fc.constantFrom('', '\t', '    '),
  equals: fc.constantFrom('=', ' = ', ' =', '= ', ' '),
  behind: fc.constantFrom('', ' ', '\t', ' # x', '\t# x = y {', '\r'),
  between: fc.constantFrom('', '\n', '# x\n', ' \t\n'),
});
type Style = typeof style extends fc.Arbitrary<infer S> ? S : never;

function print(items: readonly Plain[], { indent, equals, behind, between }: Style): string {
  const lines = (plain: Plain, depth: string): string => {
    switch (plain.kind) {
      case 'directive':
        return `${depth}${plain.key}${equals}${plain.value}${behind}\n${between}`;
      case 'set':
        return `${depth}set ${plain.key}${equals.includes('=') ? equals : '='}${plain.value}${behind}\n${between}`;
      case 'include':
        return `Include ${plain.value}${behind}\n${between}`;
      case 'section':
        return `${depth}${plain.name} {${behind}\n${plain.items.map((item) => lines(item, indent)).join('')}}${behind}\n`;
    }
  };
  return items.map((item) => lines(item, '')).join('');
}

function plain(item: ConfigItem): Plain {
  switch (item.kind) {
    case 'directive':
      return { kind: 'directive', key: item.key, value: item.value.text };
    case 'variable-definition':
      return { kind: 'set', key: item.name.text, value: item.value.text };
    case 'include':
      return { kind: 'include', value: item.target.text };
    case 'section':
      return { kind: 'section', name: item.name, items: item.items.map(plain) };
  }
}

function read(text: string): Plain[] {
  return parse({ path: 'x', text }).file.items.map(plain);
}

const FILES = readCorpus().flatMap(({ files }) => Object.values(files));
const PARTS = [
  '{',
  '}',
  '{\n',
  '}\n',
  '\n',
  '\r',
  '\r\n',
  '\t',
  ' ',
  ' \\\n',
  '\\',
  '=',
  '==',
  '#',
  ' #',
  '\0',
  '\uFEFF',
  '\u00a0',
  '"',
  'set ',
  'Include ',
  'VirtualHost {\n',
  '<VirtualHost>',
  '\ud800',
  'x'.repeat(1100),
  'set A = AA\n',
  '__proto__ = 1\n',
];

/** A file of the corpus with parts put in, taken out or doubled. */
const mutated = fc
  .record({
    file: fc.constantFrom(...FILES),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.nat(20),
        part: fc.constantFrom('', ...PARTS),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ file, edits }) =>
    edits.reduce((text, { at, cut, part }) => {
      const start = Math.floor(at * text.length);
      return text.slice(0, start) + part + text.slice(start + cut);
    }, file),
  );

/** Lines that begin, end or hold sections, rightly or not. */
const BRACED_LINES = [
  '{',
  '}',
  '};',
  '}x',
  'Binding {',
  'Binding {}',
  'Binding { Port = 80',
  'Binding { Port = 80 }',
  'Binding {Port = 80}Hostname = a',
  '\tDirectory { Path = /x }',
  'Directory { Directory { Path = /x } }',
  'VirtualHost',
  'VirtualHost {',
  'Hostname = a }',
  'x = {',
  '<VirtualHost a>',
  '</VirtualHost >',
  '<a>',
];

const SEED = 20_260_101;

describe('parse', () => {
  test('reads back what was printed, however it is laid out', () => {
    fc.assert(
      fc.property(config, style, (items, layout) => {
        expect(read(print(items, layout))).toEqual(items);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('gives diagnostics inside the file for every text', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const { diagnostics } = expand(mapSourceLoader({ 'hiawatha.conf': text }), 'hiawatha.conf');
        for (const { span, notes, fix } of diagnostics) {
          const spans = [
            span,
            ...notes.flatMap((note) => note.span ?? []),
            ...(fix?.edits.map((edit) => edit.span) ?? []),
          ];
          for (const { start, end, file } of spans) {
            expect(0 <= start && start <= end && end <= file.text.length).toBe(true);
          }
        }
      }),
      { seed: SEED, numRuns: 600 },
    );
  });

  test('makes a tree of any sequence of lines with braces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...BRACED_LINES), { maxLength: 8 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        const { items } = parse({ path: 'x', text }).file;
        expect(items.every(({ span }) => span.end <= text.length)).toBe(true);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  test('reads every item inside the file and in its section', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const { file } = parse({ path: 'x', text });
        for (const { span } of file.items) {
          expect(0 <= span.start && span.start <= span.end && span.end <= text.length).toBe(true);
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe('format', () => {
  test('leaves what a file says as it is, and its own result too', () => {
    fc.assert(
      fc.property(config, style, (items, layout) => {
        const once = format({ path: 'x', text: print(items, layout) });
        expect(once).not.toBeNull();
        const text = once ?? '';
        const folded = (list: readonly Plain[]): string => JSON.stringify(list).toLowerCase();
        expect(folded(read(text))).toBe(folded(items));
        expect(format({ path: 'x', text })).toBe(text);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
