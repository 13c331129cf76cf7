/** The compiler's only entry point: files in, routing table and diagnostics out. Never fails, whatever the files hold. */
import type { Diagnostic } from '../grammar/diagnostic.ts';
import type { SectionTable } from '../grammar/directives/directive-spec.ts';
import { isBefore } from '../grammar/directives/release.ts';
import { decodeSource, type SourceFile } from '../grammar/source.ts';
import type { RoutingTable } from '../routing-table/schema.ts';
import { blameSyntax } from './blame-syntax.ts';
import { check } from './check/check.ts';
import type { Reader } from './check/reading.ts';
import { expand } from './expand.ts';
import { asJudgedByHiawatha } from './hiawatha-verdict.ts';
import { type Environment, NOTHING_KNOWN } from './lint/environment.ts';
import { lint } from './lint/index.ts';
import { lower } from './lower/lower.ts';
import { loadMimeTypes } from './mime-types.ts';
import { loadOverlay } from './overlay/load-overlay.ts';
import { readSideFile, sideFileTable } from './side-file.ts';
import type { SourceLoader } from './source-loader.ts';
import { applySuppressions, type SuppressedDiagnostic } from './suppress.ts';

/** How a configuration is read, and what is to be made of it. */
export interface CompileOptions extends Reader {
  /** What is known of the machine. Nothing by default, so that the result depends on the files alone. */
  readonly environment?: Environment;
  /** Whether only what Hiawatha refuses is an error. */
  readonly compat?: boolean;
  /** Whether a table is made where that is possible; it is by default. */
  readonly wantsTable?: boolean;
  /** Whether the table says where its entries were written. */
  readonly sourceMap?: boolean;
}

/** What became of a configuration. */
export interface CompileResult {
  /** Null when there is an error, for a file that no table is made of, and where none is wanted. */
  readonly table: RoutingTable | null;
  /** In the order of the files and of the text, without repetition. */
  readonly diagnostics: readonly Diagnostic[];
  /** Warnings that a comment in the files allows. */
  readonly suppressed: readonly SuppressedDiagnostic[];
}

/**
 * Compiles a configuration. A `.hiawatha` or `cgi-wrapper.conf` is checked as what it is; no table is made of it.
 *
 * @param path - The main file, as the loader takes it: absolute, or relative to the configuration directory.
 */
export function compile(
  loader: SourceLoader,
  path: string,
  options: CompileOptions = {},
): CompileResult {
  const table = sideFileTable(path);
  if (table !== null) return checkSideFile(loader, path, table, options);
  const expansion = expand(loader, path);
  const hasLostLines = expansion.diagnostics.some(isError);
  const checked = check(expansion.config, loader, {
    ...readerOf(options),
    hasLostLines,
  });
  const aboutSideFiles: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void aboutSideFiles.push(diagnostic);
  const mimeTypes = loadMimeTypes(checked.config, loader, report);
  const overlay = loadOverlay(checked.config, loader, report);
  const config = { ...checked.config, mimeTypes };
  const environment = options.environment ?? NOTHING_KNOWN;
  const found = [
    ...expansion.diagnostics,
    ...checked.diagnostics,
    ...aboutSideFiles,
    ...lint(config, { environment, hasLostLines }),
  ].filter(isProblemFor(options));
  const { files } = expansion.config;
  const { diagnostics: judged, suppressed } = applySuppressions(
    blameSyntax(found, expansion.config),
    files,
  );
  const diagnostics = options.compat === true ? judged.map(asJudgedByHiawatha) : judged;
  return {
    table:
      options.wantsTable === false || diagnostics.some(isError)
        ? null
        : lower(config, overlay, { sourceMap: options.sourceMap ?? false }),
    diagnostics: inOrder(diagnostics, [
      ...files.map(({ source }) => source),
      ...(overlay.source === null ? [] : [overlay.source]),
    ]),
    suppressed,
  };
}

/** Checks what no table is made of. */
function checkSideFile(
  loader: SourceLoader,
  path: string,
  table: SectionTable,
  options: CompileOptions,
): CompileResult {
  const loaded = loader.load(path);
  const source = decodeSource(path, loaded.kind === 'file' ? loaded.bytes : new Uint8Array());
  const { file, diagnostics: found } = readSideFile(source, table, readerOf(options));
  const { diagnostics: judged, suppressed } = applySuppressions(
    found.filter(isProblemFor(options)),
    [file],
  );
  const diagnostics = options.compat === true ? judged.map(asJudgedByHiawatha) : judged;
  return { table: null, diagnostics: inOrder(diagnostics, [source]), suppressed };
}

function readerOf({ modules, target, withoutEffect }: Reader): Reader {
  return {
    ...(withoutEffect === undefined ? {} : { withoutEffect }),
    ...(modules === undefined ? {} : { modules }),
    ...(target === undefined ? {} : { target }),
  };
}

/** Whether what is said of the current release holds for the one that will read the configuration. */
function isProblemFor({ target }: Reader): (diagnostic: Diagnostic) => boolean {
  return ({ since }) => target === undefined || since === null || !isBefore(target, since);
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

/** By file in the order of reading, start and code; of equal ones the first. */
function inOrder(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceFile[],
): readonly Diagnostic[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const rankOf = ({ span }: Diagnostic): number => rank.get(span.file) ?? files.length;
  const sorted = diagnostics.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      a.span.start - b.span.start ||
      a.code.localeCompare(b.code) ||
      a.span.end - b.span.end,
  );
  return sorted.filter((diagnostic, index) => {
    const before = sorted[index - 1];
    return (
      before === undefined ||
      before.code !== diagnostic.code ||
      before.message !== diagnostic.message ||
      before.span.file !== diagnostic.span.file ||
      before.span.start !== diagnostic.span.start ||
      before.span.end !== diagnostic.span.end
    );
  });
}
