/*
 * Starts the program from what `npm run build` made, or, in a checkout whose sources were changed since, from the sources:
 * Node runs TypeScript as it is, only not as quickly.
 */
// An import would make Node load all that these modules can do: see scripts/build/builtin-modules.ts.
const { readdirSync, statSync } = process.getBuiltinModule('node:fs');
const { enableCompileCache } = process.getBuiltinModule('node:module');
const { join } = process.getBuiltinModule('node:path');
const { setFlagsFromString } = process.getBuiltinModule('node:v8');

const ROOT = join(import.meta.dirname, '..');
/** What the built program is made from; of these a package has none. */
const SOURCES = [
  'cli',
  'compiler',
  'grammar',
  'routing-table',
  'runtime',
  'scripts',
  'package.json',
];

/**
 * @param {string} path - A file or a directory.
 * @param {number} timeMs
 * @returns {boolean} Whether it, or anything in it, was changed after that time. A deleted file changes its directory.
 */
function isNewer(path, timeMs) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return false;
  if (status.mtimeMs > timeMs) return true;
  return (
    status.isDirectory() && readdirSync(path).some((name) => isNewer(`${path}/${name}`, timeMs))
  );
}

/** @returns {boolean} Whether the sources have to be run, because they are here and there is no build as new as they. */
function mustRunSources() {
  if (statSync(join(ROOT, 'cli', 'main.ts'), { throwIfNoEntry: false }) === undefined) return false;
  const built = statSync(join(ROOT, 'dist', 'build.json'), { throwIfNoEntry: false });
  return built === undefined || SOURCES.some((name) => isNewer(join(ROOT, name), built.mtimeMs));
}

/** Commands that read a configuration and end. They run most of their code for less time than its best form takes to make. */
const BRIEF_COMMANDS = ['check', 'compile'];

enableCompileCache();
if (BRIEF_COMMANDS.includes(process.argv[2])) setFlagsFromString('--no-turbofan');
const { main } = await import(mustRunSources() ? '../cli/main.ts' : '../dist/main.js');
await main(process.argv.slice(2));
