/**
 * Where a value is refused because of how it was written (a tab, quotes, a glued comment, a variable that does not exist
 * yet), that is the error to report, not what became of the value.
 */
import type { Diagnostic } from '../grammar/diagnostic.ts';
import type { SourceFile } from '../grammar/source.ts';
import {
  BARE_CARRIAGE_RETURN,
  HASH_IN_VALUE,
  INVISIBLE_CHARACTER,
  QUOTED_VALUE,
  TAB_AS_SEPARATOR,
} from '../grammar/syntax-errors.ts';
import { SUSPICIOUS_FILE, VARIABLE_INSIDE_WORD, VARIABLE_ORDER } from './expand-errors.ts';
import type { ExpandedConfig, ExpandedDirective } from './expanded.ts';

/** Codes of warnings that explain an error in the same value, the best explanation first. */
const EXPLANATIONS: readonly string[] = [
  TAB_AS_SEPARATOR,
  QUOTED_VALUE,
  HASH_IN_VALUE,
  BARE_CARRIAGE_RETURN,
  INVISIBLE_CHARACTER,
  VARIABLE_ORDER,
  VARIABLE_INSIDE_WORD,
].map(({ code }) => code);

/** Puts the cause in place of its effects. */
export function blameSyntax(
  diagnostics: readonly Diagnostic[],
  config: ExpandedConfig,
): readonly Diagnostic[] {
  return blameFiles(blameLines(diagnostics, config));
}

function blameLines(
  diagnostics: readonly Diagnostic[],
  config: ExpandedConfig,
): readonly Diagnostic[] {
  const explanations = diagnostics.filter(
    ({ code, severity }) => severity === 'warning' && EXPLANATIONS.includes(code),
  );
  if (explanations.length === 0) return diagnostics;
  const directives = new DirectiveIndex(config);
  const causes = new Map<ExpandedDirective, Diagnostic>();
  for (const candidate of explanations) {
    const directive = directives.at(candidate);
    const known = directive === null ? undefined : causes.get(directive);
    if (directive !== null && (known === undefined || rank(candidate) < rank(known))) {
      causes.set(directive, candidate);
    }
  }
  const effects = new Map<Diagnostic, Diagnostic[]>();
  const dropped = new Set<Diagnostic>();
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity !== 'error') continue;
    const directive = directives.at(diagnostic);
    const cause = directive === null ? undefined : causes.get(directive);
    if (
      directive === null ||
      cause === undefined ||
      !isEffect(diagnostic, cause) ||
      diagnostic.span.start <= directive.keySpan.end - 1
    )
      continue;
    dropped.add(diagnostic);
    effects.set(cause, [...(effects.get(cause) ?? []), diagnostic]);
  }
  return diagnostics
    .filter((diagnostic) => !dropped.has(diagnostic))
    .map((diagnostic) => asCause(diagnostic, effects.get(diagnostic) ?? []));
}

/** Whether an error in the value of a directive is due to how that was written; two lines in one make no sense at all. */
function isEffect({ code }: Diagnostic, cause: Diagnostic): boolean {
  return /^HW4/.test(code) || cause.code === BARE_CARRIAGE_RETURN.code;
}

function asCause(cause: Diagnostic, effects: readonly Diagnostic[]): Diagnostic {
  const effect = effects[0];
  if (effect === undefined) return cause;
  return {
    ...cause,
    severity: 'error',
    notes: [{ message: `so ${effect.message}`, span: null }, ...cause.notes],
    fix: cause.fix === null ? null : { ...cause.fix, safe: true },
    acceptedByHiawatha: effects.every(({ acceptedByHiawatha }) => acceptedByHiawatha),
  };
}

/** A backup or a note in an included directory that is no configuration: one error, not one for each of its lines. */
function blameFiles(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const suspicious = new Map<SourceFile, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const file = diagnostic.notes[0]?.span?.file;
    if (diagnostic.code === SUSPICIOUS_FILE.code && file !== undefined)
      suspicious.set(file, diagnostic);
  }
  if (suspicious.size === 0) return diagnostics;
  const errors = new Map<SourceFile, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const { file } = diagnostic.span;
    if (diagnostic.severity !== 'error' || !suspicious.has(file)) continue;
    errors.set(file, [...(errors.get(file) ?? []), diagnostic]);
  }
  return diagnostics
    .filter(({ span }) => !errors.has(span.file))
    .map((diagnostic) => {
      const file = diagnostic.notes[0]?.span?.file;
      const found =
        file !== undefined && suspicious.get(file) === diagnostic ? errors.get(file) : undefined;
      const first = found?.[0];
      if (found === undefined || first === undefined) return diagnostic;
      const count = found.length === 1 ? '' : `; this and ${String(found.length - 1)} more`;
      return {
        ...diagnostic,
        severity: 'error',
        notes: [
          { message: `${first.message}${count}`, span: first.span },
          ...diagnostic.notes.slice(1),
        ],
        acceptedByHiawatha: found.every(({ acceptedByHiawatha }) => acceptedByHiawatha),
      };
    });
}

function rank({ code }: Diagnostic): number {
  return EXPLANATIONS.indexOf(code);
}

/** Finds the directive that a place lies in. */
class DirectiveIndex {
  /** In the order of their beginning. */
  readonly #byFile = new Map<SourceFile, ExpandedDirective[]>();

  constructor(config: ExpandedConfig) {
    const all = [config.directives, ...config.sections.map(({ directives }) => directives)].flat();
    for (const directive of all) {
      const known = this.#byFile.get(directive.span.file);
      if (known === undefined) this.#byFile.set(directive.span.file, [directive]);
      else known.push(directive);
    }
    for (const directives of this.#byFile.values()) {
      directives.sort((one, other) => one.span.start - other.span.start);
    }
  }

  at({ span }: Diagnostic): ExpandedDirective | null {
    const directives = this.#byFile.get(span.file) ?? [];
    let low = 0;
    let high = directives.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((directives[middle]?.span.start ?? 0) <= span.start) low = middle;
      else high = middle - 1;
    }
    const found = directives[low];
    return found !== undefined && found.span.start <= span.start && span.end <= found.span.end
      ? found
      : null;
  }
}
