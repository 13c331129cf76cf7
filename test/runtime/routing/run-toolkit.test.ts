import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RoutingTable } from '../../../routing-table/schema.ts';
import type { RequestContext } from '../../../runtime/request-context.ts';
import { MAX_REWRITTEN_URL_BYTES, MAX_TOOLKIT_RULES } from '../../../runtime/limits.ts';
import type { FileKind } from '../../../runtime/routing/file-system.ts';
import {
  runToolkits,
  type ToolkitFacts,
  type ToolkitResult,
} from '../../../runtime/routing/run-toolkit.ts';
import { makeRequest } from '../../support/request-context.ts';
import { compileText } from '../../support/compile-text.ts';

/** Toolkits by their rules, line by line; the first one is what the host uses. */
type Toolkits = Readonly<Record<string, readonly string[]>>;

interface Asked {
  readonly request?: Partial<RequestContext>;
  readonly disk?: Readonly<Record<string, FileKind>>;
  readonly facts?: Partial<ToolkitFacts>;
  readonly used?: readonly string[];
}

function tableOf(toolkits: Toolkits, used: readonly string[]): RoutingTable {
  const sections = Object.entries(toolkits).map(
    ([id, rules]) => `UrlToolkit {\nToolkitID = ${id}\n${rules.join('\n')}\n}\n`,
  );
  return compileText(
    `${sections.join('')}FastCGIserver {\nFastCGIid = app\nConnectTo = 127.0.0.1:9000\n}\n` +
      `Binding {\nPort = 80\n}\nHostname = 127.0.0.1\nWebsiteRoot = /srv\nUseToolkit = ${used.join(', ')}\n`,
  );
}

function run(toolkits: Toolkits, target: string, asked: Asked = {}): ToolkitResult {
  const table = tableOf(toolkits, asked.used ?? Object.keys(toolkits).slice(0, 1));
  return runToolkits(
    table.toolkits,
    table.hosts[0]?.toolkits ?? [],
    makeRequest({ target, ...asked.request }),
    {
      connections: 1,
      isBanProof: false,
      look: (url) => asked.disk?.[url] ?? 'missing',
      ...asked.facts,
    },
  );
}

/** What came out, in short: the URL or the answer, then what else happened. */
function outcome(toolkits: Toolkits, target: string, asked: Asked = {}): string {
  const { answer, url, fastCgiServer, banMs, isUnlogged } = run(toolkits, target, asked);
  const main =
    answer === null
      ? url
      : answer.kind === 'redirect'
        ? `${answer.status} ${answer.location}`
        : `${answer.status}`;
  return [
    main,
    ...(fastCgiServer === null ? [] : [`to ${fastCgiServer}`]),
    ...(banMs === null ? [] : [`banned ${banMs}`]),
    ...(isUnlogged ? ['unlogged'] : []),
  ].join(', ');
}

describe('conditions', () => {
  test.each([
    ['Match ^/old', '/old/x', '/hit'],
    ['Match ^/old', '/new', '/new'],
    ['Match old', '/very/old', '/hit'],
    ['Match ^/OLD', '/old', '/old'],
    ['MatchCI ^/OLD', '/old', '/hit'],
    ['Match !^/old', '/new', '/hit'],
    ['Match !^/old', '/old', '/old'],
    ['Match %6f', '/%6fld', '/hit'],
    [String.raw`Match \?x=1$`, '/a?x=1', '/hit'],
  ])('%s on %s', (condition, target, expected) => {
    expect(outcome({ t: [`${condition} Call hit`], hit: ['Do Use /hit'] }, target)).toBe(expected);
  });

  test.each([
    ['Header User-Agent ^bad', [['User-Agent', 'BadBot']], true],
    ['Header User-Agent ^bad', [['User-Agent', 'good']], false],
    ['Header User-Agent ^bad', [], false],
    ['Header User-Agent !^bad', [], true],
    ['Header user-agent !^bad', [['USER-AGENT', 'good']], true],
    ['Header User-Agent !^bad', [['User-Agent', 'bad']], false],
    ['Header X-A "two words"', [['X-A', 'has two words']], true],
    ['Header X-A "!two words"', [['X-A', 'has two words']], false],
    [
      'Header * evil',
      [
        ['A', 'b'],
        ['C', 'EVIL'],
      ],
      true,
    ],
    ['Header * evil', [['A', 'b']], false],
    [
      'Header * !evil',
      [
        ['A', 'evil'],
        ['C', 'good'],
      ],
      true,
    ],
    ['Header * !evil', [['A', 'evil']], false],
    ['Header * !evil', [], false],
    [
      'Header X-A ^1$',
      [
        ['X-A', '2'],
        ['X-A', '1'],
      ],
      true,
    ],
    [
      'Header X-A !^1$',
      [
        ['X-A', '2'],
        ['X-A', '1'],
      ],
      false,
    ],
  ] as const)('%s with %j: %s', (condition, fields, expected) => {
    const request = { fields: fields.map(([name, value]) => [name, value] as const) };
    expect(outcome({ t: [`${condition} Use /hit`] }, '/', { request })).toBe(
      expected ? '/hit' : '/',
    );
  });

  test.each([
    ['Method GET', 'GET', true],
    ['Method GET', 'POST', false],
    ['Method GET', 'get', false],
    ['Method !GET', 'POST', true],
    ['Method !GET', 'GET', false],
  ])('%s for %s: %s', (condition, method, expected) => {
    expect(outcome({ t: [`${condition} DenyAccess`] }, '/', { request: { method } })).toBe(
      expected ? '403' : '/',
    );
  });

  test.each([
    ['exists', 'file', true],
    ['exists', 'directory', true],
    ['exists', 'missing', false],
    ['exists', 'other', false],
    ['isfile', 'file', true],
    ['isfile', 'directory', false],
    ['isdir', 'directory', true],
    ['isdir', 'file', false],
    ['notfound', 'missing', true],
    ['notfound', 'not-directory', false],
    ['notfound', 'forbidden', false],
    ['notfound', 'file', false],
  ] as const)('RequestURI %s of something %s: %s', (word, kind, expected) => {
    const toolkits = { t: [`RequestURI ${word} Call hit`], hit: ['Do Use /hit'] };
    expect(outcome(toolkits, '/x', { disk: { '/x': kind } })).toBe(expected ? '/hit' : '/x');
  });

  test.each(['exists', 'isfile', 'isdir', 'notfound'])(
    'RequestURI %s does not hold for a URL that would be refused',
    (word) => {
      const toolkits = { t: [`RequestURI ${word} Call hit`], hit: ['Do Use /hit'] };
      const facts = { look: () => null };
      expect(outcome(toolkits, '/.env', { facts })).toBe('/.env');
    },
  );

  test.each([
    [9, '/'],
    [10, '/busy'],
    [11, '/busy'],
  ])('TotalConnections 10 with %i connections', (connections, expected) => {
    const toolkits = { t: ['TotalConnections 10 Call busy'], busy: ['Do Use /busy'] };
    expect(outcome(toolkits, '/', { facts: { connections } })).toBe(expected);
  });

  test.each([
    [true, '/'],
    [false, '/plain'],
  ])('UseTLS when TLS is %s', (isTls, expected) => {
    const toolkits = { t: ['UseTLS Return', 'Do Use /plain'] };
    expect(outcome(toolkits, '/', { request: { isTls } })).toBe(expected);
  });
});

describe('actions', () => {
  test.each([
    ['Match ^/old/(.*)$ Rewrite /new/$1', '/old/a', '/new/a'],
    ['Match old Rewrite new', '/x/old/y?old', '/x/new/y?old'],
    ['Match ^/([a-z]+)/([0-9]+) Rewrite /i?b=$2&a=$1', '/ab/12/rest?q', '/i?b=12&a=ab/rest?q'],
    ['Match ^/d$ Rewrite /i?x=$9&y=$a&z=$0', '/d', '/i?x=&y=$a&z=/d'],
    ['Match ^/(a)|(b)$ Rewrite /[$1$2]', '/b', '//[b]'],
    ['Match a Rewrite b 3', '/aaaaa', '/bbbaa'],
    ['Match a Rewrite b 20', '/aa', '/bb'],
    ['Match !^/new Rewrite /i?$1', '/old', '/i?$1'],
    ['Match ^/a Redirect /b', '/a/c?d', '301 /b/c?d'],
    ['Match ^/a Redirect 308 /b', '/a', '308 /b'],
    ['Match ^/(.*) Redirect 302 http://x.test/$1', '/a?b', '302 http://x.test/a?b'],
    ['Match !^/a Redirect /a?from=$0', '/b', '301 /a?from=$0'],
    ['Match . DenyAccess', '/', '403'],
    ['Match . NotFound', '/', '404'],
    ['Match . UseFastCGI APP', '/a?b', '/a?b, to 0'],
    ['Do Use /i', '/a?b', '/i'],
    ['Do OmitRequestLog', '/a', '/a, unlogged'],
  ])('%s on %s gives %s', (rule, target, expected) => {
    expect(outcome({ t: [rule] }, target)).toBe(expected);
  });

  test('a ban is carried out at the end of the toolkit, with 403', () => {
    const toolkits = { t: ['Do Ban 60', 'Do OmitRequestLog'] };
    expect(outcome(toolkits, '/a')).toBe('403, banned 60000, unlogged');
  });

  test('a ban of a client that BanlistMask protects does nothing', () => {
    expect(outcome({ t: ['Do Ban 60'] }, '/a', { facts: { isBanProof: true } })).toBe('/a');
  });

  test('a ban of no time does nothing', () => {
    expect(outcome({ t: ['Do Ban 0'] }, '/a')).toBe('/a');
  });

  test('a rewriting rule that doubles the URL is stopped at a limit', () => {
    const { answer, url } = run({ t: ['Match ^(.*)$ Rewrite $1$1 20'] }, '/0123456789');
    expect(answer).toMatchObject({ status: 500 });
    expect(url.length).toBeLessThanOrEqual(2 * MAX_REWRITTEN_URL_BYTES);
  });
});

describe('the order of rules', () => {
  const HIT = 'Do Use /hit';

  test.each<readonly [string, Toolkits, string, string]>([
    ['Rewrite ends everything', { t: ['Match a Rewrite b', HIT] }, '/a', '/b'],
    [
      'Rewrite Continue goes on',
      { t: ['Match a Rewrite b Continue', 'Match b Rewrite c'] },
      '/a',
      '/c',
    ],
    ['Rewrite Return leaves the toolkit', { t: ['Match a Rewrite b Return', HIT] }, '/a', '/b'],
    ['Exit ends everything', { t: ['Do Exit', HIT] }, '/a', '/a'],
    ['Return leaves the toolkit', { t: ['Do Return', HIT] }, '/a', '/a'],
    [
      'Skip leaves rules out',
      { t: ['Match a Skip 2', 'Do Use /1', 'Do Use /2', 'Do Use /3'] },
      '/a',
      '/3',
    ],
    ['Skip past the end returns', { t: ['Do Skip 9', HIT] }, '/a', '/a'],
    [
      'Call comes back',
      { t: ['Do Call u', 'Match b Rewrite c'], u: ['Match a Rewrite b Return'] },
      '/a',
      '/c',
    ],
    ['Call comes back from the end', { t: ['Do Call u', HIT], u: ['Match x Exit'] }, '/a', '/hit'],
    ['Call does not come back from Exit', { t: ['Do Call u', HIT], u: ['Do Exit'] }, '/a', '/a'],
    [
      'Call does not come back from Rewrite',
      { t: ['Do Call u', HIT], u: ['Match a Rewrite b'] },
      '/a',
      '/b',
    ],
    [
      'Goto does not come back',
      { t: ['Do Goto u', HIT], u: ['Match a Rewrite b Return'] },
      '/a',
      '/b',
    ],
    [
      'Goto in a called toolkit does not come back to the caller either',
      { t: ['Do Call u', HIT], u: ['Do Goto v', 'Do Exit'], v: ['Do Return'] },
      '/a',
      '/a',
    ],
  ])('%s', (_, toolkits, target, expected) => {
    expect(outcome(toolkits, target)).toBe(expected);
  });

  test('each toolkit of UseToolkit sees what the one before left', () => {
    const toolkits = { t: ['Match a Rewrite b Continue'], u: ['Match b Rewrite c'] };
    expect(outcome(toolkits, '/a', { used: ['t', 'u'] })).toBe('/c');
  });

  test('no toolkit runs after one that ended everything', () => {
    const toolkits = { t: ['Match a Exit'], u: [HIT] };
    expect(outcome(toolkits, '/a', { used: ['t', 'u'] })).toBe('/a');
  });

  test.each([
    [10, '/end'],
    [11, '500'],
  ])('%i nested calls', (calls, expected) => {
    const toolkits = Object.fromEntries(
      Array.from({ length: calls + 1 }, (_, index) => [
        `t${index}`,
        [index === calls ? 'Do Use /end' : `Do Call t${index + 1}`],
      ]),
    );
    expect(outcome(toolkits, '/a')).toBe(expected);
  });

  test('calls that multiply are stopped at a limit', () => {
    const calls = (id: string): string[] => Array.from({ length: 8 }, () => `Do Call ${id}`);
    const toolkits = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`t${index}`, calls(`t${index + 1}`)]),
    );
    const { answer } = run({ ...toolkits, t8: ['Match x Exit'] }, '/a');
    expect(answer).toMatchObject({
      status: 500,
      message: expect.stringContaining(String(MAX_TOOLKIT_RULES)) as string,
    });
  });
});

describe('Match also sees the plain spelling of a URL', () => {
  test.each([
    ['Match ^/admin DenyAccess', '/%61dmin', '403'],
    ['Match ^/admin DenyAccess', '/%61%64%6Din/x?y=%61', '403'],
    ['Match ^/admin DenyAccess', '//admin', '403'],
    ['Match ^/admin DenyAccess', '/%2Fadmin', '403'],
    ['Match ^/a/b DenyAccess', '/a%2fb', '403'],
    ['Match ^/admin DenyAccess', '/%2561dmin', '/%2561dmin'],
    ['Match ^/admin DenyAccess', '/x?/%61dmin', '/x?/%61dmin'],
    [String.raw`Match \?admin DenyAccess`, '/x?%61dmin', '/x?%61dmin'],
    ['Match !^/open DenyAccess', '/%6fpen', '/%6fpen'],
    ['Match !^/open DenyAccess', '/%6fther', '403'],
    ['Match ^/a(.*)$ Rewrite /b$1', '/%61%20%25x?%61', '/b%20%25x?%61'],
    ['Match ^/%61 Rewrite /b', '/%61x', '/bx'],
    ['Match ^/a Return', '/%61x', '/%61x'],
    ['Match ^/a DenyAccess', '/%61/%', '403'],
    ['Match ^/a Rewrite /b', '/%61/%', '/%61/%'],
    ['Match ^/zz DenyAccess', '/%61//%', '/%61//%'],
  ])('%s, %s', (rule, target, expected) => {
    expect(outcome({ t: [rule] }, target)).toBe(expected);
  });
});

/** The rules of one toolkit in a form that is slow and obvious: one letter for each condition and each action. */
interface SimpleRule {
  readonly letter: string;
  readonly isNegated: boolean;
  readonly then:
    'Exit' | 'Return' | 'DenyAccess' | 'Skip 1' | 'Rewrite' | 'Rewrite Continue' | 'Call';
}

const SIMPLE_RULES = fc.array(
  fc.record<SimpleRule>({
    letter: fc.constantFrom('a', 'b', 'c'),
    isNegated: fc.boolean(),
    then: fc.constantFrom(
      'Exit',
      'Return',
      'DenyAccess',
      'Skip 1',
      'Rewrite',
      'Rewrite Continue',
      'Call',
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function lineOf({ letter, isNegated, then }: SimpleRule): string {
  const condition = `Match ${isNegated ? '!' : ''}${letter}`;
  if (then === 'Call') return `${condition} Call other`;
  return `${condition} ${then.replace('Rewrite', isNegated ? 'Rewrite /abc' : 'Rewrite ccb')}`;
}

/** Returns the URL or 403, and whether it all ended. */
function model(
  rules: readonly SimpleRule[],
  other: readonly SimpleRule[],
  url: string,
): [string, boolean] {
  const [rule, ...rest] = rules;
  if (rule === undefined) return [url, false];
  if (url.includes(rule.letter) === rule.isNegated) return model(rest, other, url);
  const rewritten = rule.isNegated ? '/abc' : url.replace(rule.letter, 'ccb');
  switch (rule.then) {
    case 'Exit':
      return [url, true];
    case 'Return':
      return [url, false];
    case 'DenyAccess':
      return ['403', true];
    case 'Skip 1':
      return model(rest.slice(1), other, url);
    case 'Rewrite':
      return [rewritten, true];
    case 'Rewrite Continue':
      return model(rest, other, rewritten);
    case 'Call': {
      const [after, hasEnded] = model(other, [], url);
      return hasEnded ? [after, true] : model(rest, other, after);
    }
  }
}

test('toolkits do what a slow and obvious model does', () => {
  const withoutCalls = SIMPLE_RULES.map((rules) => rules.filter(({ then }) => then !== 'Call'));
  fc.assert(
    fc.property(
      SIMPLE_RULES,
      withoutCalls,
      fc.stringMatching(/^\/[abcd]{0,4}$/),
      (rules, other, url) => {
        const toolkits = { t: rules.map(lineOf), other: other.map(lineOf) };
        expect(outcome(toolkits, url)).toBe(model(rules, other, url)[0]);
      },
    ),
    { numRuns: 300 },
  );
});
