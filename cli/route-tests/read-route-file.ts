/** Reads the file of a route test: YAML, checked, with the line of every mistake. */
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { nearestName } from '../../grammar/values/nearest.ts';
import type { Verdict } from '../../runtime/explain/explanation.ts';

const HANDLERS = [
  'static-file',
  'directory-index',
  'transformed-xml',
  'fastcgi',
  'cgi',
  'alter',
  'trace',
  'redirect',
  'error',
] as const satisfies readonly Verdict['handler'][];

/** A number or truth value that stands where text is meant is taken as written. */
const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** A mapping that says what it may hold when it holds something else. */
function mapping<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return issue.keys
        .map((key) => {
          const near = nearestName(key, known);
          const meant = near === null ? '' : ` (did you mean "${near}"?)`;
          return `unknown key "${key}"${meant}`;
        })
        .concat(`there may be ${known.join(', ')}`)
        .join('; ');
    },
  });
}

const NO_STATUS = 'give the number of a status, from 100 to 599';

const Expectation = mapping({
  host: z.string().optional(),
  handler: z.enum(HANDLERS).optional(),
  script: z.string().optional(),
  file: z.string().optional(),
  'path-info': Text.nullable().optional(),
  fastcgi: z.string().optional(),
  status: z.int(NO_STATUS).min(100, NO_STATUS).max(599, NO_STATUS).optional(),
  redirect: z.string().optional(),
  /** null: it is not there. */
  variables: z.record(z.string(), Text.nullable()).optional(),
  headers: z.record(z.string(), Text.nullable()).optional(),
}).refine((expectation) => Object.keys(expectation).length > 0, 'expect something of the answer');
/** What a route test expects of its request. */
export type Expectation = z.infer<typeof Expectation>;

const Route = mapping({
  name: z.string().optional(),
  request: z.string().regex(/^\S+( \S+)?$/, 'write "GET http://host/path", or the URL alone'),
  headers: z.record(z.string(), Text).default({}),
  from: z.string().default('127.0.0.1'),
  expect: Expectation,
});

const RouteFile = mapping({
  config: z.string().default('hiawatha.conf'),
  files: z.enum(['supposed', 'disk']).default('supposed'),
  routes: z.array(Route).min(1, 'write at least one request'),
});

/** A request and what is expected of its answer. */
export interface RouteTest extends z.infer<typeof Route> {
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A file of route tests, with its place and the places of its tests. */
export interface RouteTests extends Omit<z.infer<typeof RouteFile>, 'routes'> {
  readonly routes: readonly RouteTest[];
}

/** A mistake in a file of route tests. Lines and columns count from 1. */
export interface RouteFileMistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type ReadResult =
  | { readonly ok: true; readonly tests: RouteTests }
  | { readonly ok: false; readonly mistakes: readonly RouteFileMistake[] };

const NO_ROUTES =
  'this is no file of route tests: it has "config:" and "routes:"; hiawatha-ts test --help shows one';

/** Reads and checks; reports all mistakes at once. */
export function readRouteFile(text: string): ReadResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    const mistakes = document.errors.map(({ pos, message }) => ({
      ...placeOf(pos[0]),
      message: `this is no YAML: ${message}`,
    }));
    return { ok: false, mistakes };
  }
  const result = RouteFile.safeParse(document.toJS({ maxAliasCount: 100 }), {
    error: ({ code, input }) =>
      code === 'invalid_type' && input === undefined ? 'it is missing' : undefined,
  });
  if (!result.success) {
    const mistakes = result.error.issues.map((issue) => {
      const path = issue.path.filter((key) => typeof key !== 'symbol');
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
      const message =
        path.length === 0 && issue.code === 'invalid_type'
          ? NO_ROUTES
          : [...(path.length === 0 ? [] : [path.join('.')]), issue.message].join(': ');
      return { ...placeOf(offsetOf(document, [...path, ...unknown])), message };
    });
    return { ok: false, mistakes };
  }
  const routes = result.data.routes.map((route, index) => ({
    ...route,
    line: placeOf(offsetOf(document, ['routes', index])).line,
  }));
  return { ok: true, tests: { ...result.data, routes } };
}

/** Where the node of a path begins, or the nearest one above it. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range[0] ?? 0;
}
