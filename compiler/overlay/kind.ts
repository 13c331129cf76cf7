/**
 * Kinds of values in the overlay file: each reads a value and describes itself as JSON Schema, so that the published
 * schema says what is read.
 */
import { diagnose } from '../../grammar/diagnostic.ts';
import type { JsonMember, JsonNode } from '../../grammar/json.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { UNKNOWN_NAME } from '../../grammar/unknown-name.ts';
import { listed } from '../../grammar/values/keyword.ts';
import { nearestName } from '../../grammar/values/nearest.ts';
import { INVALID_VALUE } from '../../grammar/values/value-errors.ts';
import type { Report } from '../check/reading.ts';

/** Reads one kind of value. */
export interface Kind<T> {
  readonly schema: object;
  /**
   * @param path - Where the value is, for messages: `fastCgiServers.PHP.queue`.
   * @returns null for what was reported.
   */
  read(node: JsonNode, path: string, report: Report): T | null;
}

/** A member of an object; left out it reads as null. */
interface Member<T> {
  readonly kind: Kind<T>;
  readonly description: string;
}

type Members = Readonly<Record<string, Member<unknown>>>;

type Read<M extends Members> = {
  readonly [K in keyof M]: (M[K] extends Member<infer T> ? T : never) | null;
};

/** Declares a member of an object. */
export function member<T>(kind: Kind<T>, description: string): Member<T> {
  return { kind, description };
}

/** Says that a value cannot be. */
export function refuseValue(
  report: Report,
  span: SourceSpan,
  message: string,
  advice: string,
): null {
  report(
    diagnose(INVALID_VALUE, {
      severity: 'error',
      message,
      span,
      notes: [{ message: advice, span: null }],
    }),
  );
  return null;
}

/** An object with the given members and no others. @param required - Members that may not be left out. */
export function object<M extends Members>(
  members: M,
  required: readonly (keyof M & string)[] = [],
): Kind<Read<M>> {
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(members).map(([name, { kind, description }]) => [
          name,
          { ...kind.schema, description },
        ]),
      ),
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    read(node, path, report) {
      if (node.kind !== 'object') return refuseOther(node, path, report);
      const found = new Map<string, unknown>(Object.keys(members).map((name) => [name, null]));
      let isWhole = true;
      for (const { key, keySpan, value } of uniqueMembers(node.members, path, report)) {
        const known = Object.hasOwn(members, key) ? members[key] : undefined;
        if (known === undefined) {
          refuseKey(key, keySpan, path, Object.keys(members), report);
          isWhole = false;
          continue;
        }
        const read = known.kind.read(value, join(path, key), report);
        if (read === null) isWhole = false;
        else found.set(key, read);
      }
      for (const name of required) {
        if (node.members.some(({ key }) => key === name)) continue;
        isWhole = false;
        refuseValue(
          report,
          node.span,
          `"${path}" lacks "${name}"`,
          members[name]?.description ?? '',
        );
      }
      const result = Object.fromEntries(found);
      return isWhole && holds(result, members) ? result : null;
    },
  };
}

function refuseOther({ span }: JsonNode, path: string, report: Report): null {
  const subject = path === '' ? 'the file' : `"${path}"`;
  return refuseValue(report, span, `${subject} has to be an object`, 'write { … }');
}

function holds<M extends Members>(value: object, members: M): value is Read<M> {
  return Object.keys(members).every((name) => Object.hasOwn(value, name));
}

/** A value by a name that the user chose. */
export interface NamedValue<T> {
  readonly name: string;
  readonly nameSpan: SourceSpan;
  readonly value: T;
  readonly valueSpan: SourceSpan;
}

/** An object whose names are ids. */
export function byName<T>(kind: Kind<T>): Kind<readonly NamedValue<T>[]> {
  return {
    schema: { type: 'object', additionalProperties: kind.schema },
    read(node, path, report) {
      if (node.kind !== 'object') return refuseOther(node, path, report);
      const found: NamedValue<T>[] = [];
      for (const { key, keySpan, value } of uniqueMembers(node.members, path, report)) {
        const read = kind.read(value, join(path, key), report);
        if (read === null) continue;
        found.push({ name: key, nameSpan: keySpan, value: read, valueSpan: value.span });
      }
      return found;
    },
  };
}

/** A text, with its place. */
export interface PlacedText {
  readonly text: string;
  readonly span: SourceSpan;
}

/** A list of texts. */
export function texts(meaning: string): Kind<readonly PlacedText[]> {
  return {
    schema: { type: 'array', items: { type: 'string' } },
    read(node, path, report) {
      if (node.kind !== 'array') {
        return refuseValue(report, node.span, `"${path}" has to be a list`, `write [ ${meaning} ]`);
      }
      const found: PlacedText[] = [];
      for (const [index, item] of node.items.entries()) {
        if (item.kind === 'string') found.push({ text: item.value, span: item.span });
        else refuseValue(report, item.span, `"${path}[${index}]" has to be a text`, meaning);
      }
      return found;
    },
  };
}

/** A text that a pattern fits. @param meaning - What it has to be: "the name of a cookie". */
export function text(pattern: RegExp, meaning: string): Kind<string> {
  return {
    schema: { type: 'string', pattern: pattern.source },
    read(node, path, report) {
      if (node.kind === 'string' && pattern.test(node.value)) return node.value;
      return refuseValue(report, node.span, `"${path}" has to be ${meaning}`, 'in double quotes');
    },
  };
}

/** Any text; nothing is made of it. */
export const ANY_TEXT: Kind<string> = text(/^/, 'a text');

/** Yes or no. */
export const FLAG: Kind<boolean> = {
  schema: { type: 'boolean' },
  read(node, path, report) {
    if (node.kind === 'boolean') return node.value;
    return refuseValue(report, node.span, `"${path}" has to be true or false`, 'without quotes');
  },
};

/** One of some words. */
export function word<const W extends string>(words: readonly W[]): Kind<W> {
  return {
    schema: { enum: words },
    read(node, path, report) {
      const found = words.find((one) => node.kind === 'string' && node.value === one);
      if (found !== undefined) return found;
      const near = node.kind === 'string' ? nearestName(node.value, words) : null;
      const question = near === null ? '' : `; did you mean "${near}"?`;
      return refuseValue(
        report,
        node.span,
        `"${path}" is not one of its words${question}`,
        `it may be ${listed(words)}`,
      );
    },
  };
}

/** A list of some words, each at most once. */
export function words<const W extends string>(all: readonly W[]): Kind<readonly W[]> {
  const one = word(all);
  return {
    schema: { type: 'array', items: one.schema, uniqueItems: true },
    read(node, path, report) {
      if (node.kind !== 'array') {
        const advice = `write [ … ] with some of ${listed(all)}`;
        return refuseValue(report, node.span, `"${path}" has to be a list`, advice);
      }
      const found: W[] = [];
      for (const [index, item] of node.items.entries()) {
        const read = one.read(item, `${path}[${index}]`, report);
        if (read === null) continue;
        if (found.includes(read)) {
          refuseValue(report, item.span, `"${path}" has "${read}" twice`, 'keep one of them');
        } else {
          found.push(read);
        }
      }
      return found;
    },
  };
}

/** A number in a range, both ends included. */
export function number(minimum: number, maximum: number, type: 'integer' | 'number'): Kind<number> {
  return {
    schema: { type, minimum, maximum },
    read(node, path, report) {
      const isFitting =
        node.kind === 'number' &&
        node.value >= minimum &&
        node.value <= maximum &&
        (type === 'number' || Number.isInteger(node.value));
      if (isFitting) return node.value;
      const what = type === 'integer' ? 'a whole number' : 'a number';
      return refuseValue(
        report,
        node.span,
        `"${path}" has to be ${what} from ${minimum} to ${maximum}`,
        'without quotes',
      );
    },
  };
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function* uniqueMembers(
  members: readonly JsonMember[],
  path: string,
  report: Report,
): Generator<JsonMember> {
  const seen = new Set<string>();
  for (const one of members) {
    if (seen.has(one.key)) {
      refuseValue(report, one.keySpan, `"${join(path, one.key)}" is set twice`, 'keep one of them');
      continue;
    }
    seen.add(one.key);
    yield one;
  }
}

function refuseKey(
  key: string,
  span: SourceSpan,
  path: string,
  known: readonly string[],
  report: Report,
): void {
  const near = nearestName(key, known);
  const where = path === '' ? '' : ` in "${path}"`;
  report(
    diagnose(UNKNOWN_NAME, {
      severity: 'error',
      message: `unknown setting "${key}"${where}${near === null ? '' : `; did you mean "${near}"?`}`,
      span,
      notes: [{ message: `it may hold ${listed(known)}`, span: null }],
      fix:
        near === null
          ? null
          : { title: `write "${near}"`, safe: false, edits: [{ span, text: `"${near}"` }] },
    }),
  );
}
