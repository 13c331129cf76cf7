import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const HOWTO = readFileSync(join(import.meta.dirname, '../../docs/howto.md'), 'utf8');
const BLOCKS = [...HOWTO.matchAll(/^```\n([\s\S]*?)^```$/gm)]
  .map((found) => found[1] ?? '')
  .filter((text) => /^[A-Z]\w+ (=|\{)/m.test(text))
  .map((text) => [text.split('\n')[0] ?? '', text] as const);

/** What a block leaves out because the text before it has shown it. */
const SURROUNDINGS = [
  [/FastCGIid = php$/m, 'FastCGIserver {\nFastCGIid = php\nConnectTo = /run/php.sock\n}\n'],
  [
    /FastCGIid = counter$/m,
    'FastCGIserver {\nFastCGIid = counter\nConnectTo = 127.0.0.1:2005\n}\n',
  ],
  [/^Binding \{/m, 'Binding {\nPort = 8080\n}\n'],
  [/^Hostname = /m, 'Hostname = 127.0.0.1\n'],
  [/^WebsiteRoot = /m, 'WebsiteRoot = CONFIG_DIR/www\n'],
] as const;

describe('the HOWTO', () => {
  test('has configurations to look at', () => {
    expect(BLOCKS.length).toBeGreaterThan(5);
  });

  test.each(BLOCKS)('is right about "%s"', (_, block) => {
    const missing = SURROUNDINGS.filter(([pattern]) => !pattern.test(block));
    const text = `${missing.map(([, lines]) => lines).join('')}${block}`;
    const loader = mapSourceLoader({ 'hiawatha.conf': text, 'mimetype.conf': 'text/html html\n' });
    const { table, diagnostics } = compile(loader, 'hiawatha.conf');
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([]);
    expect(table).not.toBeNull();
  });
});
