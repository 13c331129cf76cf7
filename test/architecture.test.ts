import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type SourceImport, readNeeds } from './support/source-imports.ts';

const ROOT = join(import.meta.dirname, '..');
const LAYERS = ['grammar', 'compiler', 'routing-table', 'runtime', 'cli'] as const;
type Layer = (typeof LAYERS)[number];

/** Who may import whom. `types`: only with `import type`. */
const MAY_IMPORT: Record<Layer, Partial<Record<Layer, 'values' | 'types'>>> = {
  grammar: { grammar: 'values' },
  'routing-table': { grammar: 'types', 'routing-table': 'values' },
  compiler: { grammar: 'values', compiler: 'values', 'routing-table': 'values' },
  runtime: { 'routing-table': 'values', runtime: 'values' },
  cli: {
    grammar: 'values',
    compiler: 'values',
    'routing-table': 'values',
    runtime: 'values',
    cli: 'values',
  },
};

interface ImportLine extends SourceImport {
  readonly from: string;
}

/** What a pure layer must not know: the process, the clock, chance, timers, the terminal. */
const AMBIENT = ['process', 'Date.now', 'new Date', 'Math.random', 'performance', 'console'];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const BUILT_IN = new Set(builtinModules);

function readSource(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function importsOf(file: string): ImportLine[] {
  return readNeeds(readSource(file)).imports.map((line) => ({ ...line, from: file }));
}

function globalsOf(file: string, names: readonly string[]): string[] {
  return readNeeds(readSource(file), names).globals.map(
    ({ name, line }) => `${file}:${line} uses ${name}`,
  );
}

/** The name of a built-in module without `node:`, or null for anything else. */
function builtInOf(line: ImportLine): string | null {
  const name = line.specifier.replace(/^node:/, '');
  return BUILT_IN.has(name) || line.specifier.startsWith('node:') ? name : null;
}

function sourceFiles(folder: string): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: ROOT });
}

/** A package, a built-in module, or an entry of "imports" in package.json; not a path, and not an expression. */
const PACKAGE = /^[@#\w][\w@#:./-]*$/;

/** The project file that a relative import names, or null for a package. */
function targetOf(line: ImportLine): string | null {
  return line.specifier.startsWith('.')
    ? normalize(join(dirname(line.from), line.specifier))
    : null;
}

function layerOf(file: string): Layer | undefined {
  return LAYERS.find((layer) => file.startsWith(`${layer}/`));
}

function describeImport(line: ImportLine): string {
  return `${line.from} imports ${line.specifier}`;
}

describe('architecture', () => {
  test.each(LAYERS)('%s imports only what the table of layers allows', (layer) => {
    const offenders = sourceFiles(layer)
      .flatMap(importsOf)
      .filter((line) => {
        const target = targetOf(line);
        if (target === null) return !PACKAGE.test(line.specifier);
        const to = layerOf(target);
        const allowed = to === undefined ? undefined : MAY_IMPORT[layer][to];
        return allowed === undefined || (allowed === 'types' && !line.isTypeOnly);
      });
    expect(offenders.map(describeImport)).toEqual([]);
  });

  test.each(['grammar', 'compiler', 'routing-table'])('%s does no input or output', (folder) => {
    const files = sourceFiles(folder);
    const offenders = files.flatMap(importsOf).filter((line) => builtInOf(line) !== null);
    expect(offenders.map(describeImport)).toEqual([]);
    expect(files.flatMap((file) => globalsOf(file, [...AMBIENT, ...TIMERS]))).toEqual([]);
  });

  test.each(['runtime/fastcgi', 'runtime/cgi'])('%s is sans-I/O', (folder) => {
    const files = sourceFiles(folder);
    const offenders = files
      .flatMap(importsOf)
      .filter((line) =>
        /^(fs|net|tls|dgram|dns|http|https|http2|child_process|worker_threads|timers|process)(\/|$)/.test(
          builtInOf(line) ?? '',
        ),
      );
    expect(offenders.map(describeImport)).toEqual([]);
    expect(files.flatMap((file) => globalsOf(file, [...AMBIENT, ...TIMERS]))).toEqual([]);
  });

  test('main-thread modules import neither the FastCGI codec nor the worker', () => {
    const offenders = sourceFiles('runtime')
      .filter((file) => !/^runtime\/(fastcgi|worker)\//.test(file))
      .flatMap(importsOf)
      .filter((line) => /^runtime\/(fastcgi|worker)\//.test(targetOf(line) ?? ''));
    expect(offenders.map(describeImport)).toEqual([]);
  });

  test('worker modules share nothing with gateway but messages.ts', () => {
    const offenders = sourceFiles('runtime/worker')
      .flatMap(importsOf)
      .filter((line) => {
        const target = targetOf(line) ?? '';
        return target.startsWith('runtime/gateway/') && target !== 'runtime/gateway/messages.ts';
      });
    expect(offenders.map(describeImport)).toEqual([]);
  });

  test('no file is named utils, helpers or types', () => {
    const offenders = LAYERS.flatMap(sourceFiles).filter((file) =>
      /\/(utils?|helpers?|types)\.ts$/.test(file),
    );
    expect(offenders).toEqual([]);
  });
});

describe('readNeeds', () => {
  test.each([
    ["import { a } from './x.ts';", false],
    ["import './x.ts';", false],
    ['import "./x.ts";', false],
    ["import * as a from './x.ts';", false],
    ["import a, { type B } from './x.ts';", false],
    ["import { type B } from './x.ts';", false],
    ["import {\n  a,\n  b,\n} from './x.ts';", false],
    ["export * from './x.ts';", false],
    ["export { a } from './x.ts';", false],
    ["const a = await import('./x.ts');", false],
    ["const a = await import(/* lazily */ './x.ts');", false],
    ['const a = await import(`./x.ts`);', false],
    ["const a = require('./x.ts');", false],
    ["import type { A } from './x.ts';", true],
    ["export type { A } from './x.ts';", true],
    ["let a: import('./x.ts').A;", true],
  ])('sees the import in %j', (text, isTypeOnly) => {
    expect(readNeeds(text).imports).toEqual([{ specifier: './x.ts', isTypeOnly }]);
  });

  test('shows an import that is put together when the program runs', () => {
    expect(readNeeds('await import(`./${name}.ts`);').imports).toEqual([
      { specifier: '`./${name}.ts`', isTypeOnly: false },
    ]);
  });

  test.each(["// import './x.ts';", `const a = "import './x.ts'";`, 'const a = b.import;'])(
    'sees no import in %j',
    (text) => {
      expect(readNeeds(text).imports).toEqual([]);
    },
  );

  test.each([
    ['process.exit(1);', 'process'],
    ['const p = process;', 'process'],
    ['globalThis.process.exit(1);', 'process'],
    ['const n = new Date();', 'new Date'],
    ['const n = Date.now();', 'Date.now'],
    ['setTimeout(f, 1);', 'setTimeout'],
    ['f(setTimeout);', 'setTimeout'],
  ])('sees the global in %j', (text, name) => {
    expect(readNeeds(text, [...AMBIENT, ...TIMERS]).globals).toEqual([{ name, line: 1 }]);
  });

  test.each(['a.process();', 'const n = new Date(0);', 'const o = { process: 1 };', '// process'])(
    'sees no global in %j',
    (text) => {
      expect(readNeeds(text, [...AMBIENT, ...TIMERS]).globals).toEqual([]);
    },
  );
});
