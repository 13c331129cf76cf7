import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

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

interface ImportLine {
  readonly from: string;
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

const IMPORT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*'([^']+)'/g;

function importsOf(file: string): ImportLine[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [
    ...[...text.matchAll(IMPORT)].map((found) => ({
      from: file,
      specifier: found[2] ?? '',
      isTypeOnly: found[1] !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC_IMPORT)].map((found) => ({
      from: file,
      specifier: found[1] ?? '',
      isTypeOnly: false,
    })),
  ];
}

function sourceFiles(folder: string): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: ROOT });
}

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
        if (target === null) return false;
        const to = layerOf(target);
        const allowed = to === undefined ? undefined : MAY_IMPORT[layer][to];
        return allowed === undefined || (allowed === 'types' && !line.isTypeOnly);
      });
    expect(offenders.map(describeImport)).toEqual([]);
  });

  test.each(['grammar', 'compiler', 'routing-table'])('%s does no input or output', (folder) => {
    const offenders = sourceFiles(folder)
      .flatMap(importsOf)
      .filter((line) => /^node:|^(fs|net|http|child_process|process)$/.test(line.specifier));
    expect(offenders.map(describeImport)).toEqual([]);
    const ambient = sourceFiles(folder).filter((file) =>
      /\b(process\.|Date\.now|new Date\(\)|Math\.random|performance\.)/.test(
        readFileSync(join(ROOT, file), 'utf8').replace(/^\s*(\*|\/\/).*$/gm, ''),
      ),
    );
    expect(ambient).toEqual([]);
  });

  test.each(['runtime/fastcgi', 'runtime/cgi'])('%s is sans-I/O', (folder) => {
    const offenders = sourceFiles(folder)
      .flatMap(importsOf)
      .filter((line) =>
        /^node:(fs|net|http|https|http2|child_process|worker_threads|timers)/.test(line.specifier),
      );
    expect(offenders.map(describeImport)).toEqual([]);
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
