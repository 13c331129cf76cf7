/**
 * How a bundle takes Node's own modules. Where one is imported, Node asks it for each thing that it exports, and so loads
 * what it would load only when that is asked for: with `node:fs` the promises, streams and readline, with `node:process`
 * the report and the terminal. `process.getBuiltinModule` gives it as it is, which saves a tenth of a short command.
 */

/** A statement as esbuild writes it: the whole module, names, or both. */
const IMPORT = /^import (?:(?:\* as )?([\w$]+)(?:, )?)?(?:\{([^}]*)\})? from ("node:[\w/]+");$/gm;

/** Takes longest to load, and commander, which asks for it, never needs it here: where it is taken whole, it comes late. */
const LATE_MODULE = '"node:child_process"';

/** The text of a bundle with calls in place of the imports of Node's modules. */
export function withBuiltinModules(bundle: string): string {
  return bundle.replaceAll(
    IMPORT,
    (_statement, whole: string | undefined, names: string | undefined, module: string) =>
      [
        ...(whole === undefined ? [] : [`const ${whole} = ${wholeModule(module)};`]),
        ...(names === undefined
          ? []
          : [`const {${names.replaceAll(' as ', ': ')}} = ${loaded(module)};`]),
      ].join(' '),
  );
}

function loaded(module: string): string {
  return `process.getBuiltinModule(${module})`;
}

function wholeModule(module: string): string {
  return module === LATE_MODULE
    ? `new Proxy({}, { get: (_, name) => ${loaded(module)}[name] })`
    : loaded(module);
}
