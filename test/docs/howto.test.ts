import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const HOWTO = ['howto.md', 'other-users.md']
  .map((name) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8'))
  .join('\n');
const BLOCKS = [...HOWTO.matchAll(/^```\n([\s\S]*?)^```$/gm)]
  .map((found) => found[1] ?? '')
  .filter((text) => /^(set )?[A-Z]\w+ (=|\{)/m.test(text))
  .map((text) => [text.split('\n')[0] ?? '', text] as const);

/** A block of cgi-wrapper.conf; the others are of hiawatha.conf. */
const isForWrapper = ([, text]: readonly [string, string]): boolean => /^Wrap =/m.test(text);
const WRAPPER_BLOCKS = BLOCKS.filter(isForWrapper);
const SERVER_BLOCKS = BLOCKS.filter((block) => !isForWrapper(block));

const ROOT = join(import.meta.dirname, '../..');
const RUNTIME = globSync('runtime/**/*.ts', { cwd: ROOT })
  .map((name) => readFileSync(join(ROOT, name), 'utf8'))
  .join('\n');
/** What the tables of the manual and of the samples tell people to look for in the log. */
const LOG_MESSAGES = [
  ...[...HOWTO.matchAll(/^\| the log says[^]*?\n\n/gm)].flatMap(([rows]) => firstCells(rows)),
  ...globSync('samples/*/README.md', { cwd: ROOT })
    .flatMap((name) => firstCells(readFileSync(join(ROOT, name), 'utf8')))
    .filter((cell) => cell.includes('log: ')),
].flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message));

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function firstCells(markdown: string): string[] {
  return [...markdown.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell = '']) => cell);
}

/** What a block leaves out because the text before it has shown it. */
const SURROUNDINGS = [
  [/FastCGIid = php$/m, 'FastCGIserver {\nFastCGIid = php\nConnectTo = /run/php.sock\n}\n'],
  [
    /FastCGIid = counter-tcp$/m,
    'FastCGIserver {\nFastCGIid = counter-tcp\nConnectTo = 127.0.0.1:2005\n}\n',
  ],
  [/^Binding \{/m, 'Binding {\nPort = 8080\n}\n'],
  [/^Hostname = /m, 'Hostname = 127.0.0.1\n'],
  [/^WebsiteRoot = /m, 'WebsiteRoot = CONFIG_DIR/www\n'],
] as const;

describe('the HOWTO', () => {
  test('has configurations to look at', () => {
    expect(BLOCKS.length).toBeGreaterThan(5);
  });

  test.each(WRAPPER_BLOCKS)('is right about cgi-wrapper.conf with "%s"', (_, block) => {
    const loader = mapSourceLoader({ 'cgi-wrapper.conf': block });
    const { diagnostics } = compile(loader, 'cgi-wrapper.conf');
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
  });

  test.each(SERVER_BLOCKS)('is right about "%s"', (_, block) => {
    const missing = SURROUNDINGS.filter(([pattern]) => !pattern.test(block));
    const text = `${missing.map(([, lines]) => lines).join('')}${block}`;
    const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': 'text/html html\n' });
    const { table, diagnostics } = compile(loader, 'hiawatha.conf');
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([]);
    expect(table).not.toBeNull();
  });

  test.each([
    ['2 CGI', 'cgi'],
    ['3 PHP', 'php-fpm'],
    ['4 FastCGI daemons of your own', 'fastcgi-kit'],
    ['5 Load balancing', 'load-balanced'],
  ])('shows in "%s" lines of the sample %s', (heading, sample) => {
    const section = HOWTO.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
    const block = BLOCKS.find(([, text]) => section.includes(text))?.[1] ?? '';
    const lines = linesOf(block).filter((line) => line !== '}' && !line.endsWith('{'));
    const sampleLines = linesOf(
      readFileSync(join(ROOT, 'samples', sample, 'hiawatha.conf'), 'utf8'),
    );
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.filter((line) => !sampleLines.includes(line))).toEqual([]);
  });

  test.each(LOG_MESSAGES)('looks for "%s" in the log, as the server writes it', (message) => {
    expect(RUNTIME).toContain(message);
  });

  test('says what to look for in the log', () => {
    expect(LOG_MESSAGES.length).toBeGreaterThan(15);
  });
});
