/** The interpreter of toolkit rules against a machine with a stack, which is slow and does one thing at a time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToolkitRule, UrlToolkit } from '../../../routing-table/schema.ts';
import type { FileKind } from '../../../runtime/routing/file-system.ts';
import { runToolkits } from '../../../runtime/routing/run-toolkit.ts';
import { makeRequest } from '../../support/request-context.ts';

type Condition = ToolkitRule['condition'];
type Action = ToolkitRule['action'];

/** What a pattern finds, told without any engine: where, how long, and the groups. */
interface Find {
  readonly index: number;
  readonly text: string;
  readonly groups: readonly string[];
}

function literal(word: string): (text: string) => Find | null {
  return (text) => {
    const index = text.indexOf(word);
    return index === -1 ? null : { index, text: word, groups: [] };
  };
}

/** Patterns by their source. */
const PATTERNS: Readonly<Record<string, (text: string) => Find | null>> = {
  a: literal('a'),
  bb: literal('bb'),
  'x=1': literal('x=1'),
  '^/': (text) => (text.startsWith('/') ? { index: 0, text: '/', groups: [] } : null),
  '(a)(b)?': (text) => {
    const index = text.indexOf('a');
    if (index === -1) return null;
    const hasB = text[index + 1] === 'b';
    return { index, text: hasB ? 'ab' : 'a', groups: ['a', hasB ? 'b' : ''] };
  },
  c$: (text) => (text.endsWith('c') ? { index: text.length - 1, text: 'c', groups: [] } : null),
};

const pattern = fc.constantFrom(...Object.keys(PATTERNS)).map((source) => ({
  source,
  ignoreCase: false,
  engine: 'javascript' as const,
  translated: source,
}));
const text = fc.constantFrom('', 'a', 'cb', '/n', '/x?x=1', '$0$0', '$1c', '$2', '/$9$b');
const negated = fc.boolean();

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant({ kind: 'always' as const }),
  fc.record({
    kind: fc.constant('header' as const),
    name: fc.constantFrom('x-a', 'x-b', null),
    pattern,
    negated,
  }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('match' as const), pattern, negated }) },
  fc.record({
    kind: fc.constant('method' as const),
    method: fc.constantFrom('GET', 'POST'),
    negated,
  }),
  fc.record({
    kind: fc.constant('request-uri' as const),
    test: fc.constantFrom('exists', 'isfile', 'isdir', 'notfound'),
  }),
  fc.record({
    kind: fc.constant('total-connections' as const),
    connections: fc.integer({ min: 4, max: 6 }),
  }),
  fc.constant({ kind: 'use-tls' as const }),
);

/** @param callable - Toolkits that may be called; they lie behind, so that nothing runs in a circle. */
function action(callable: readonly number[]): fc.Arbitrary<Action> {
  const simple = fc.oneof(
    fc.record({ kind: fc.constant('ban' as const), ms: fc.constantFrom(0, 5) }),
    fc.constantFrom<Action>(
      { kind: 'deny-access' },
      { kind: 'exit' },
      { kind: 'not-found' },
      { kind: 'omit-request-log' },
      { kind: 'return' },
    ),
    fc.record({
      kind: fc.constant('redirect' as const),
      status: fc.constantFrom(301, 307),
      location: text,
    }),
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('rewrite' as const),
        replacement: text,
        count: fc.integer({ min: 1, max: 3 }),
        then: fc.constantFrom('stop', 'continue', 'return'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('skip' as const),
        rules: fc.integer({ min: 1, max: 3 }),
      }),
    },
    fc.record({ kind: fc.constant('use' as const), url: fc.constantFrom('/u', '/a?b') }),
    fc.constant({ kind: 'use-fastcgi' as const, fastCgiServer: 3 }),
  );
  if (callable.length === 0) return simple;
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('call' as const, 'goto' as const),
        toolkit: fc.constantFrom(...callable),
      }),
    },
  );
}

function toolkit(id: string, callable: readonly number[]): fc.Arbitrary<UrlToolkit> {
  const rule = fc.record({ condition, action: action(callable) });
  return fc.record({ id: fc.constant(id), rules: fc.array(rule, { maxLength: 6 }) });
}

const toolkits = fc.tuple(
  toolkit('first', [1, 2, 3]),
  toolkit('second', [2, 3]),
  toolkit('third', [3]),
  toolkit('fourth', []),
);

const world = fc.record({
  target: fc.constantFrom('/', '/a', '/ab', '/abbc', '/c?x=1', '/baab'),
  method: fc.constantFrom('GET', 'POST'),
  fields: fc.array(
    fc.tuple(fc.constantFrom('X-A', 'X-B', 'x-a'), fc.constantFrom('a', 'bb', 'q')),
    {
      maxLength: 3,
    },
  ),
  isTls: fc.boolean(),
  isBanProof: fc.boolean(),
  used: fc.constantFrom([0], [1, 0], [0, 3, 1], [2, 2]),
  disk: fc.constantFrom<FileKind | null>('file', 'directory', 'missing', 'other', null),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

const CONNECTIONS = 5;

interface Outcome {
  readonly url: string;
  readonly answer: string | null;
  readonly server: number | null;
  readonly ban: number | null;
  readonly isUnlogged: boolean;
}

/** Runs the rules one by one; a stack says where to go on. */
function model(all: readonly UrlToolkit[], given: World): Outcome {
  let url: string = given.target;
  let answer: string | null = null;
  let server: number | null = null;
  let ban: number | null = null;
  let isUnlogged = false;
  let isOver = false;

  const find = (source: string, subject: string): Find | null =>
    PATTERNS[source]?.(subject) ?? null;
  const insert = (found: Find | null, replacement: string): string => {
    if (found === null) return replacement;
    const inserted = replacement.replaceAll(/\$[0-9]/g, (mark) =>
      mark === '$0' ? found.text : (found.groups[Number(mark[1]) - 1] ?? ''),
    );
    const behind = url.slice(found.index + found.text.length);
    return `${url.slice(0, found.index)}${inserted}${behind}`;
  };
  const holds = (asked: Condition): boolean => {
    switch (asked.kind) {
      case 'always':
        return true;
      case 'header': {
        const values = given.fields
          .filter(([name]) => asked.name === null || name.toLowerCase() === asked.name)
          .map(([, value]) => find(asked.pattern.source, value) !== null);
        if (asked.name === null) return values.includes(!asked.negated);
        return values.includes(true) ? !asked.negated : asked.negated;
      }
      case 'match':
        return (find(asked.pattern.source, url) === null) === asked.negated;
      case 'method':
        return asked.negated ? given.method !== asked.method : given.method === asked.method;
      case 'request-uri':
        if (asked.test === 'notfound') return given.disk === 'missing';
        if (asked.test === 'isfile') return given.disk === 'file';
        if (asked.test === 'isdir') return given.disk === 'directory';
        return given.disk === 'file' || given.disk === 'directory';
      case 'total-connections':
        return asked.connections <= CONNECTIONS;
      case 'use-tls':
        return given.isTls;
    }
  };

  for (const start of given.used) {
    const stack: { readonly toolkit: number; next: number }[] = [{ toolkit: start, next: 0 }];
    /** A Goto was taken: when what it went to is done, everything is. */
    let floor = -1;
    for (let top = stack.at(-1); top !== undefined && !isOver; top = stack.at(-1)) {
      const rule = all[top.toolkit]?.rules[top.next];
      top.next += 1;
      if (rule === undefined) {
        stack.pop();
        if (stack.length <= floor) isOver = true;
        continue;
      }
      if (!holds(rule.condition)) continue;
      const { condition: by, action: act } = rule;
      const matched = by.kind === 'match' && !by.negated ? by.pattern.source : null;
      const returnNow = (): void => {
        stack.pop();
        if (stack.length <= floor) isOver = true;
      };
      switch (act.kind) {
        case 'ban':
          if (act.ms > 0 && !given.isBanProof) ban = act.ms;
          break;
        case 'call':
          stack.push({ toolkit: act.toolkit, next: 0 });
          break;
        case 'goto':
          floor = Math.max(floor, stack.length);
          stack.push({ toolkit: act.toolkit, next: 0 });
          break;
        case 'deny-access':
          answer = '403';
          isOver = true;
          break;
        case 'not-found':
          answer = '404';
          isOver = true;
          break;
        case 'exit':
          isOver = true;
          break;
        case 'return':
          returnNow();
          break;
        case 'omit-request-log':
          isUnlogged = true;
          break;
        case 'redirect':
          answer = `${act.status} ${insert(matched === null ? null : find(matched, url), act.location)}`;
          isOver = true;
          break;
        case 'rewrite':
          if (matched === null) url = act.replacement;
          else {
            for (let round = 0; round < act.count; round += 1) {
              const found = find(matched, url);
              if (found !== null) url = insert(found, act.replacement);
            }
          }
          if (act.then === 'stop') isOver = true;
          else if (act.then === 'return') returnNow();
          break;
        case 'skip':
          top.next += act.rules;
          break;
        case 'use':
          url = act.url;
          isOver = true;
          break;
        case 'use-fastcgi':
          server = act.fastCgiServer;
          isOver = true;
      }
    }
    if (ban !== null) {
      answer = '403';
      isOver = true;
    }
    if (isOver) break;
  }
  return { url, answer, server, ban, isUnlogged };
}

function interpreted(all: readonly UrlToolkit[], given: World): Outcome {
  const { target, method, fields, isTls } = given;
  const result = runToolkits(all, given.used, makeRequest({ target, method, fields, isTls }), {
    connections: CONNECTIONS,
    isBanProof: given.isBanProof,
    look: () => given.disk,
  });
  const { answer } = result;
  return {
    url: result.url,
    answer:
      answer === null
        ? null
        : answer.kind === 'redirect'
          ? `${answer.status} ${answer.location}`
          : `${answer.status}`,
    server: result.fastCgiServer,
    ban: result.banMs,
    isUnlogged: result.isUnlogged,
  };
}

test('every condition and action does what a machine with a stack does', () => {
  fc.assert(
    fc.property(toolkits, world, (all, given) => {
      expect(interpreted(all, given)).toEqual(model(all, given));
    }),
    { numRuns: 2_000 },
  );
});
