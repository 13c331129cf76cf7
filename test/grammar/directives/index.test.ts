import { describe, expect, test } from 'vitest';
import {
  findDirective,
  findSection,
  nearestDirective,
  SECTIONS,
  sectionsWith,
  STATEMENTS,
} from '../../../grammar/directives/index.ts';
import { findRemoved, REMOVED_DIRECTIVES } from '../../../grammar/directives/removed.ts';
import { MappedText } from '../../../grammar/mapped-text.ts';

const ROWS = SECTIONS.flatMap(({ kind, table }) =>
  Object.values(table).map((spec) => ({ kind, spec })),
);

describe('directive table', () => {
  test('has the keys of Hiawatha 11.5, section by section', () => {
    const counts = SECTIONS.map(({ kind, table }) => [kind, Object.keys(table).length]);
    expect(Object.fromEntries(counts)).toEqual({
      server: 57,
      binding: 12,
      'virtual-host': 56,
      directory: 18,
      'fastcgi-server': 5,
      'url-toolkit': 10,
    });
    expect(STATEMENTS).toHaveLength(2);
  });

  test('has each name once in a section', () => {
    for (const { table } of SECTIONS) {
      const names = Object.values(table).map(({ name }) => name.toLowerCase());
      expect(names).toHaveLength(new Set(names).size);
    }
  });

  test('has 146 distinct names, with set and Include', () => {
    const names = new Set([...ROWS.map(({ spec }) => spec.name), ...STATEMENTS]);
    expect(names.size).toBe(146);
  });

  test.each(ROWS)('$kind $spec.name has an example that it reads without a word', ({ spec }) => {
    const line = new RegExp(`^${spec.name}(?: = | )(.*)$`).exec(spec.example);
    const text = line?.[1] ?? '';
    const value = MappedText.verbatim({ path: 'example', text }, 0, text.length);
    const messages: string[] = [];
    const result = spec.type.parse(value, ({ message, until }) => {
      // What only older releases do not know is no problem.
      if (until === undefined) messages.push(message);
    });
    expect(result.ok).toBe(true);
    expect(messages).toEqual([]);
  });

  test.each(ROWS)('$kind $spec.name is described in a sentence without full stop', ({ spec }) => {
    expect(spec.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(spec.type.syntax).not.toBe('');
  });

  test('finds directives in any case, in their section alone', () => {
    expect(findDirective('binding', 'PORT')?.spec.name).toBe('Port');
    expect(findDirective('server', 'Port')).toBeNull();
    expect(findDirective('server', 'constructor')).toBeNull();
  });

  test('finds sections in any case, but not the top level', () => {
    expect(findSection('virtualHOST')?.kind).toBe('virtual-host');
    expect(findSection('Server')).toBeNull();
  });

  test('knows where else a directive belongs', () => {
    expect(sectionsWith('timeforcgi').map(({ kind }) => kind)).toEqual([
      'virtual-host',
      'directory',
    ]);
  });

  test.each([
    ['Hostnme', 'Hostname'],
    ['hsotname', 'Hostname'],
    ['WebRoot', null],
    ['ErorLogFile', 'ErrorLogfile'],
    ['x', null],
    ['', null],
  ])('suggests for %j in a host: %j', (name, expected) => {
    expect(nearestDirective(name, ['virtual-host'])).toBe(expected);
  });

  test('suggests a statement at top level', () => {
    expect(nearestDirective('Inlcude', ['server', 'virtual-host'])).toBe('Include');
  });

  test('suggests no undocumented name', () => {
    expect(nearestDirective('PreventXSR', ['virtual-host'])).toBe('PreventXSS');
  });
});

describe('removed directives', () => {
  test.each(REMOVED_DIRECTIVES)('$name is known nowhere it was removed', ({ name, kinds }) => {
    for (const kind of kinds) expect(findDirective(kind, name)).toBeNull();
  });

  test.each(REMOVED_DIRECTIVES)(
    '$name is repaired to something that exists',
    ({ kinds, repair }) => {
      if (repair?.kind !== 'rename' && repair?.kind !== 'negate') return;
      expect(kinds.some((kind) => findDirective(kind, repair.to) !== null)).toBe(true);
    },
  );

  test('are found in the section that had them, in any case', () => {
    expect(findRemoved('SSLCERTFILE', ['binding'])?.repair).toEqual({
      kind: 'rename',
      to: 'TLScertFile',
    });
    expect(findRemoved('ServerKey', ['virtual-host'])).toBeNull();
  });
});
