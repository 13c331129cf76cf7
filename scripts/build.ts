/**
 * Bundles the program into dist/: a chunk for each command, so that one command does not pay for the others' code, and
 * the worker's entry beside it. Also writes the licences of the bundled packages, which their terms ask for.
 *
 *   node scripts/build.ts [DIRECTORY]
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { build, type Metafile } from 'esbuild';

import { withBuiltinModules } from './build/builtin-modules.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));

/** Entry points by the name of the file they become. */
const ENTRIES = {
  main: 'cli/main.ts',
  lane: 'runtime/worker/lane.ts',
  'socket-thread': 'cli/fcgi/spawn/socket-thread.ts',
  'program-starter': 'cli/program-starter/program-starter.ts',
  'read-wrap-rules': 'cli/program-starter/read-wrap-rules.ts',
  'xslt-thread': 'runtime/xslt/xslt-thread.ts',
  'string-width': 'cli/report/string-width.ts',
};

/** Piscina starts threads from files of its own, koffi and libxslt-wasm hold machine code: they must stay packages. */
const EXTERNAL = ['piscina', 'koffi', 'libxslt-wasm'];

/** Bundled packages in CommonJS call `require`, which a module does not have: for Node's own modules alone. */
const REQUIRE = 'const require = process.getBuiltinModule;';

function packagesIn(metafile: Metafile): string[] {
  const names = Object.keys(metafile.inputs).flatMap((input) => {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    return found?.[1] === undefined ? [] : [found[1]];
  });
  return [...new Set(names)].toSorted();
}

function licenceOf(name: string): string {
  const folder = join(ROOT, 'node_modules', name);
  const file = globSync('{LICEN[CS]E,licen[cs]e}*', { cwd: folder }).toSorted()[0];
  if (file === undefined) throw new Error(`${name} has no licence file; it cannot be bundled`);
  return `${name}\n${'-'.repeat(name.length)}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

rmSync(DIST, { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: Object.fromEntries(
    Object.entries(ENTRIES).filter(([, path]) => existsSync(join(ROOT, path))),
  ),
  outdir: DIST,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: EXTERNAL,
  banner: { js: REQUIRE },
  // Flat: from every file of dist/, `..` is the root of the package, as it is from cli/.
  chunkNames: '[name]-[hash]',
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
});
mkdirSync(DIST, { recursive: true });
for (const { path, text } of outputFiles) writeFileSync(path, withBuiltinModules(text));
writeFileSync(
  join(DIST, 'THIRD-PARTY-LICENSES.txt'),
  `Packages that are part of the files in this folder, and their licences.\n\n${packagesIn(metafile).map(licenceOf).join('\n\n')}`,
);
// The youngest file of the build: bin/start.js compares the sources with it.
writeFileSync(join(DIST, 'build.json'), `${JSON.stringify({ packages: packagesIn(metafile) })}\n`);
