import { describe, expect, test } from 'vitest';

import { KnownValues, type ReadValue } from '../../../compiler/check/known-values.ts';
import type { ExpandedDirective } from '../../../compiler/expanded.ts';
import { type AnySpec, optional } from '../../../grammar/directives/directive-spec.ts';
import { findDirective, SECTIONS } from '../../../grammar/directives/index.ts';
import { MappedText } from '../../../grammar/mapped-text.ts';
import { parse } from '../../../grammar/parse.ts';
import { refuse } from '../../../grammar/values/problem.ts';
import { INVALID_VALUE } from '../../../grammar/values/value-errors.ts';
import { parsed, type ValueType } from '../../../grammar/values/value-type.ts';
import { readCorpus } from '../../conformance/corpus.ts';

/** The directive `Key = text`, some way down a file. */
function directiveAt(start: number, text: string): ExpandedDirective {
  const before = `${' '.repeat(start)}Key = `;
  const file = { path: 'x', text: before + text };
  const value = MappedText.verbatim(file, before.length, file.text.length);
  const span = { file, start, end: file.text.length };
  return { key: 'Key', keySpan: { file, start, end: start + 3 }, value, valueText: text, span };
}

/** A row whose values are read by a function; `reads` counts. */
function rowOf(parseValue: ValueType<unknown>['parse']): { spec: AnySpec; reads: () => number } {
  let count = 0;
  const type: ValueType<unknown> = {
    syntax: '<text>',
    completions: [],
    parse(value, report) {
      count += 1;
      return parseValue(value, report);
    },
  };
  const doc = { name: 'Key', summary: 'a key', upstream: 'nowhere', example: 'Key = text' };
  return { spec: optional(type, doc), reads: () => count };
}

/** Everything that was read, also what repairs would do there. */
function shown(read: ReadValue, { value }: ExpandedDirective): unknown {
  return {
    ...read,
    problems: read.problems.map((problem) => ({
      ...problem,
      fix: problem.fix?.(value.spanOf(problem.start, problem.end)),
    })),
  };
}

describe('KnownValues', () => {
  test('take a value over from a line that says the same', () => {
    const { spec, reads } = rowOf((value) => parsed({ text: value.text }));
    const known = new KnownValues();
    const first = known.read(spec, directiveAt(0, 'a'));
    expect(known.read(spec, directiveAt(50, 'a'))).toBe(first);
    expect(known.read(spec, directiveAt(50, 'b'))).toMatchObject({ value: { text: 'b' } });
    expect(reads()).toBe(2);
  });

  test('read a value each time that knows where it stands', () => {
    const { spec } = rowOf((value) => parsed(value.slice(1).span.start));
    const known = new KnownValues();
    expect(known.read(spec, directiveAt(0, 'abc'))).toMatchObject({ setting: 7 });
    expect(known.read(spec, directiveAt(50, 'abc'))).toMatchObject({ setting: 57 });
  });

  test('read a value each time that a repair is offered for, because that may ask for places later', () => {
    const { spec, reads } = rowOf((value, report) =>
      refuse(report, value, INVALID_VALUE, 'no', { replacement: 'b' }),
    );
    const known = new KnownValues();
    known.read(spec, directiveAt(0, 'a'));
    known.read(spec, directiveAt(50, 'a'));
    expect(reads()).toBe(2);
  });

  test('take problems over together with the value', () => {
    const { spec, reads } = rowOf((value, report) => refuse(report, value, INVALID_VALUE, 'no'));
    const known = new KnownValues();
    const first = known.read(spec, directiveAt(0, 'a'));
    expect(first).toMatchObject({ isReadable: false });
    expect(first.problems.map(({ message }) => message)).toEqual(['no']);
    expect(known.read(spec, directiveAt(50, 'a')).problems).toBe(first.problems);
    expect(reads()).toBe(1);
  });

  test('keep to problems of the release that will read the value', () => {
    const { spec } = rowOf((value, report) => {
      report({
        rule: INVALID_VALUE,
        severity: 'error',
        message: 'too new',
        start: 0,
        end: 1,
        until: '10.0',
      });
      return parsed(value.text);
    });
    expect(new KnownValues().read(spec, directiveAt(0, 'a')).problems).toEqual([]);
    expect(new KnownValues('9.15').read(spec, directiveAt(0, 'a')).problems).toHaveLength(1);
    expect(new KnownValues('10.12').read(spec, directiveAt(0, 'a')).problems).toEqual([]);
  });

  test('name the directives that had a value', () => {
    const known = new KnownValues();
    expect([...known.directives]).toEqual([]);
    known.read(rowOf((value) => parsed(value.text)).spec, directiveAt(0, 'a'));
    expect([...known.directives]).toEqual(['Key']);
  });

  test('give for every value of every directive what reading it again would give', () => {
    const values = valuesOfCorpus();
    expect(values.size).toBeGreaterThan(150);
    for (const [spec, texts] of values) {
      const known = new KnownValues();
      for (const text of texts) known.read(spec, directiveAt(0, text));
      for (const text of texts) {
        const here = directiveAt(70, text);
        const again = shown(new KnownValues().read(spec, here), here);
        expect(shown(known.read(spec, here), here), `${spec.name} = ${text}`).toEqual(again);
      }
    }
  });
});

/** The example of every directive, and what the corpus writes. */
function valuesOfCorpus(): ReadonlyMap<AnySpec, ReadonlySet<string>> {
  const values = new Map<AnySpec, Set<string>>();
  const add = (spec: AnySpec, text: string): void => {
    values.set(spec, (values.get(spec) ?? new Set()).add(text));
  };
  const texts = [
    ...readCorpus().flatMap(({ files }) => Object.values(files)),
    ...SECTIONS.flatMap(({ table }) => Object.values(table).map(({ example }) => example)),
  ];
  for (const text of texts) {
    for (const item of parse({ path: 'x', text }).file.items) {
      for (const line of item.kind === 'section' ? item.items : [item]) {
        if (line.kind !== 'directive') continue;
        for (const { kind } of SECTIONS) {
          const found = findDirective(kind, line.key);
          if (found !== null) add(found.spec, line.value.text);
        }
      }
    }
  }
  return values;
}
