import type { DiagnosticRule, Severity } from '../../grammar/diagnostic.ts';
import type { TargetRelease } from '../../grammar/directives/release.ts';
import type { Compile, StandardInput } from '../compile-config.ts';
import type { Console } from '../console.ts';
import type { ReportFormat } from '../report/index.ts';

/** What the command line of `check` asks for. */
export interface CheckOptions {
  /** Files, or directories that hold hiawatha.conf. */
  readonly paths: readonly string[];
  readonly stdin: StandardInput | null;
  readonly format: ReportFormat;
  readonly denyWarnings: boolean;
  /** Call errors only what Hiawatha itself refuses. */
  readonly compat: boolean;
  /** Leave out what is less severe. */
  readonly severity: Severity;
  /** The Hiawatha that will read the configuration. */
  readonly target: TargetRelease;
  /** Also name what has no effect when this program serves the configuration. */
  readonly forThisServer: boolean;
  /** Ask this machine about files, sockets, accounts and certificates. */
  readonly looksAtFiles: boolean;
  /** Ask it about names in the network. */
  readonly looksAtNetwork: boolean;
  readonly baseline: string | null;
  readonly updateBaseline: boolean;
  readonly fix: boolean;
  readonly unsafe: boolean;
  /** Show repairs as a diff and write nothing. */
  readonly diff: boolean;
}

/** What a check works with. */
export interface CheckContext {
  readonly console: Console;
  readonly compile: Compile;
  /** The catalogue; only loaded for a format that describes rules. */
  readonly loadRules: () => Promise<readonly DiagnosticRule[]>;
  readonly workingDirectory: string;
  readonly version: string;
  /** GITHUB_STEP_SUMMARY: where the step's summary is appended; null outside of GitHub Actions. */
  readonly stepSummaryPath: string | null;
}
