/** Where the entries of a routing table were written. */
import { lineColumnAt, type SourceSpan } from '../../grammar/source.ts';
import type { RoutingTable } from '../../routing-table/schema.ts';
import type { Setting } from '../check/model.ts';

type SourceMap = NonNullable<RoutingTable['sourceMap']>;

/** A section that became an entry of the table. */
export interface LoweredSection {
  /** JSON pointer of the entry. */
  readonly pointer: string;
  readonly section: {
    readonly nameSpan: SourceSpan | null;
    readonly settings: Readonly<Record<string, Setting<unknown, unknown>>>;
  };
  /** What the entry looks like: only settings that it has get an entry of their own. */
  readonly record: object;
}

/** Settings whose entry in the table has another name. */
const ENTRY_NAMES: ReadonlyMap<string, string> = new Map([
  ['requestTimes', 'timeForRequestMs'],
  ['requiredBindings', 'bindings'],
  ['useDirectory', 'directories'],
  ['useFastCgi', 'fastCgiServers'],
  ['useToolkit', 'toolkits'],
]);

interface Place {
  readonly pointer: string;
  readonly span: SourceSpan;
}

/**
 * An entry for each section, for each setting that was written (its last line), and for each rule of a toolkit. Settings
 * left at their default have none.
 */
export function makeSourceMap(sections: readonly LoweredSection[]): SourceMap {
  const places = sections.flatMap(placesOf);
  const files = [...new Set(places.map(({ span }) => span.file))];
  return {
    files: files.map(({ path }) => path),
    entries: places
      .map(({ pointer, span }) => ({
        pointer,
        file: files.indexOf(span.file),
        line: lineColumnAt(span.file, span.start).line,
      }))
      .sort((left, right) => (left.pointer < right.pointer ? -1 : 1)),
  };
}

function placesOf({ pointer, section, record }: LoweredSection): readonly Place[] {
  const places: Place[] = section.nameSpan === null ? [] : [{ pointer, span: section.nameSpan }];
  for (const [key, { lines }] of Object.entries(section.settings)) {
    const line = lines.at(-1);
    const name = ENTRY_NAMES.get(key) ?? key;
    if (line !== undefined && name in record) {
      places.push({ pointer: `${pointer}/${name}`, span: line.directive.span });
    }
  }
  return 'rules' in record ? [...places, ...placesOfRules(pointer, section)] : places;
}

/** Every line of a toolkit but its id is a rule; they run in the order of the file. */
function placesOfRules(pointer: string, { settings }: LoweredSection['section']): readonly Place[] {
  return Object.entries(settings)
    .flatMap(([key, { lines }]) => (key === 'id' ? [] : lines))
    .sort((left, right) => left.order - right.order)
    .map((line, index) => ({ pointer: `${pointer}/rules/${index}`, span: line.directive.span }));
}
