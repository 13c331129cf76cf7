/** `hiawatha-ts explain-request`: what the server would do with a request, and why. */
import { NoBindingError } from '../runtime/explain/choose-binding.ts';
import { explainRequest } from '../runtime/explain/explain-request.ts';
import type { Explanation, Step, Verdict } from '../runtime/explain/explanation.ts';
import { realSurroundings } from '../runtime/explain/surroundings.ts';
import type { ServeOptions } from '../runtime/serve.ts';
import { askedRequest, type WrittenRequest } from './asked-request.ts';
import { CommandError } from './command-error.ts';
import type { Paint } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type LoadContext, loadTable } from './load-table.ts';
import { visibleInLine } from './report/visible-text.ts';

/** What the command line of `explain-request` asks for. */
export interface ExplainRequestOptions extends WrittenRequest {
  /** A configuration, a directory that holds hiawatha.conf, or a routing table. */
  readonly path: string;
  /** Connections of clients at that moment. */
  readonly connections: number;
  /** Look at the disk of this machine. */
  readonly looksAtFiles: boolean;
  readonly isJson: boolean;
}

/** What `explain-request` works with; `nowMs` is a Unix time in milliseconds. */
export interface ExplainRequestContext extends LoadContext {
  readonly loadLocalSettings: ServeOptions['loadLocalSettings'];
  readonly nowMs: number;
}

/**
 * Prints what becomes of a request.
 *
 * @returns `problems` when the configuration has errors; they were shown.
 * @throws {@link CommandError} for a request that no client could send, or that goes where nobody listens.
 */
export async function runExplainRequest(
  options: ExplainRequestOptions,
  context: ExplainRequestContext,
): Promise<ExitCode> {
  const { console, nowMs } = context;
  const compiled = await loadTable(options.path, { ...context, shows: 'error' });
  if (compiled === null) return EXIT.problems;
  const { table, configDirectory } = compiled;
  const asked = askedRequest(options, table.hosts);
  const surroundings = options.looksAtFiles ? realSurroundings(context.loadLocalSettings) : null;
  const explanation = await explainRequest(table, asked, {
    configDirectory,
    surroundings,
    connections: options.connections,
    nowMs,
  }).catch((error: unknown) => {
    if (!(error instanceof NoBindingError)) throw error;
    throw new CommandError(EXIT.unable, `${options.path}: ${error.message}`, { cause: error });
  });
  console.out(
    options.isJson
      ? `${JSON.stringify(explanationJson(explanation), null, 2)}\n`
      : explanationText(
          `${options.method} ${options.url} from ${options.from}`,
          explanation,
          console.paint,
        ),
  );
  return EXIT.ok;
}

function explanationJson({ steps, verdict }: Explanation): unknown {
  return {
    verdict: {
      ...verdict,
      variables: Object.fromEntries(verdict.variables),
      headers: verdict.headers.map(([name, value]) => ({ name, value })),
    },
    steps,
  };
}

const STAGE_COLUMNS = 12;

function explanationText(title: string, { steps, verdict }: Explanation, paint: Paint): string {
  const lines = [paint('strong', visibleInLine(title)), ''];
  let before: Step['stage'] | null = null;
  for (const { stage, text, place } of steps) {
    const label = (stage === before ? '' : stage).padEnd(STAGE_COLUMNS);
    const where = place === null ? '' : paint('faint', `  [${visibleInLine(place)}]`);
    lines.push(`${paint('note', label)}${visibleInLine(text)}${where}`);
    before = stage;
  }
  lines.push(
    '',
    `${paint('note', 'answer'.padEnd(STAGE_COLUMNS))}${paint('strong', visibleInLine(answerText(verdict)))}`,
  );
  if (verdict.reason !== null) {
    lines.push(`${''.padEnd(STAGE_COLUMNS)}error log: ${visibleInLine(verdict.reason)}`);
  }
  if (verdict.variables.length > 0) {
    lines.push('', paint('note', 'variables'));
    for (const [name, value] of verdict.variables) lines.push(visibleInLine(`  ${name}=${value}`));
  }
  lines.push(
    '',
    paint(
      'note',
      verdict.variables.length > 0 ? 'headers added to those of the program' : 'headers',
    ),
  );
  for (const [name, value] of verdict.headers) lines.push(visibleInLine(`  ${name}: ${value}`));
  if (verdict.headers.length === 0) lines.push('  none');
  lines.push('');
  return lines.join('\n');
}

function answerText(verdict: Verdict): string {
  const { status, file } = verdict;
  const script = `${file ?? ''}${verdict.pathInfo === null ? '' : ` with PATH_INFO ${verdict.pathInfo}`}`;
  const statusText = status === null ? '' : `${status}, `;
  switch (verdict.handler) {
    case 'static-file':
      return `${statusText}the file ${file ?? ''}`;
    case 'directory-index':
      return `${statusText}a list of ${file ?? ''}`;
    case 'transformed-xml':
      return `${statusText}a page that a style sheet makes of ${file ?? ''}`;
    case 'fastcgi':
      return `${statusText}FastCGI server ${verdict.fastCgiServer ?? ''} runs ${script}`;
    case 'cgi':
      return verdict.interpreter === null
        ? `${statusText}the CGI program ${script}`
        : `${statusText}${verdict.interpreter} runs ${script}`;
    case 'alter':
      return `the file ${file ?? ''} is written or removed`;
    case 'trace':
      return `${statusText}the request itself`;
    case 'redirect':
      return `${statusText}to ${verdict.location ?? ''}`;
    case 'error':
      return `${status ?? ''}`;
  }
}
