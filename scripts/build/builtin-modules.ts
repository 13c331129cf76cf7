/**
 * How a bundle takes Node's own modules. Where one is imported, Node asks it for each thing that it exports, and so loads
 * what it would load only when that is asked for: with `node:fs` the promises, streams and readline, with `node:process`
 * the report and the terminal. `process.getBuiltinModule` gives it as it is, which saves a tenth of a short command.
 */

/** A statement as esbuild writes it: the whole module, names, or both. */
const IMPORT = /^import (?:(?:\* as )?([\w$]+)(?:, )?)?(?:\{([^}]*)\})? from ("node:[\w/]+");$/gm;

/** The text of a bundle with calls in place of the imports of Node's modules. */
export function withBuiltinModules(bundle: string): string {
  return bundle.replaceAll(
    IMPORT,
    (_statement, whole: string | undefined, names: string | undefined, module: string) => {
      const parts = [
        whole,
        names === undefined ? undefined : `{${names.replaceAll(' as ', ': ')}}`,
      ];
      return parts
        .filter((part) => part !== undefined)
        .map((part) => `const ${part} = process.getBuiltinModule(${module});`)
        .join(' ');
    },
  );
}
