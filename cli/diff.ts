/** `hiawatha-ts diff`: what two configurations or tables do differently. */
import { compareTables, type TableChange } from '../routing-table/compare.ts';
import { CommandError } from './command-error.ts';
import type { Console, Paint, Tone } from './console.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type LoadContext, loadTable } from './load-table.ts';
import { counted } from './report/report.ts';
import { visibleInLine } from './report/visible-text.ts';

/** What the command line of `diff` asks for. */
export interface DiffOptions {
  /** Each a table (`.json`), a configuration, or a directory that holds hiawatha.conf. */
  readonly before: string;
  readonly after: string;
  readonly format: 'text' | 'json';
}

const MARKS: Readonly<Record<TableChange['kind'], { mark: string; tone: Tone }>> = {
  added: { mark: '+', tone: 'good' },
  removed: { mark: '-', tone: 'error' },
  changed: { mark: '~', tone: 'hint' },
};

function valueText(value: unknown): string {
  return visibleInLine(typeof value === 'string' ? value : JSON.stringify(value));
}

function changeText({ kind, field, before, after, warning }: TableChange, paint: Paint): string {
  const { mark, tone } = MARKS[kind];
  const value =
    kind === 'changed'
      ? `${valueText(before)} → ${valueText(after)}`
      : valueText(kind === 'added' ? after : before);
  const what = field === null ? kind : `${field}: ${value}`;
  const remark = warning === null ? '' : paint('warning', `  (${warning})`);
  return `  ${paint(tone, `${mark} ${what}`)}${remark}\n`;
}

function changesText(changes: readonly TableChange[], paint: Paint): string {
  const groups = Map.groupBy(changes, ({ subject }) => subject);
  const blocks = [...groups].map(
    ([subject, group]) =>
      `${paint('strong', visibleInLine(subject))}\n${group.map((change) => changeText(change, paint)).join('')}`,
  );
  const summary =
    changes.length === 0 ? 'no differences' : `\n${counted(changes.length, 'difference')}`;
  return `${blocks.join('')}${summary}\n`;
}

async function load(path: string, context: LoadContext) {
  const loaded = await loadTable(path, { ...context, shows: 'error' });
  if (loaded === null) {
    throw new CommandError(EXIT.unable, `cannot compare: ${path} has errors`);
  }
  return loaded.table;
}

/**
 * @returns problems when there are differences.
 * @throws {@link CommandError} when one side cannot be read or compiled.
 */
export async function runDiff(
  options: DiffOptions,
  context: LoadContext & { readonly console: Console },
): Promise<ExitCode> {
  const before = await load(options.before, context);
  const after = await load(options.after, context);
  const changes = compareTables(before, after);
  const { console } = context;
  console.out(
    options.format === 'json'
      ? `${JSON.stringify({ version: 1, changes }, null, 2)}\n`
      : changesText(changes, console.paint),
  );
  return changes.length === 0 ? EXIT.ok : EXIT.problems;
}
