/** The recordings in `test/conformance/runtime/suites/`: one file for each suite, all text as Latin-1. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const SendStep = z.union([
  z.strictObject({ data: z.string() }),
  z.strictObject({ repeat: z.string(), times: z.number() }),
  z.strictObject({ pause_ms: z.number() }),
  z.strictObject({ expect_responses: z.number() }),
  z.strictObject({ shutdown: z.literal(true) }),
  z.strictObject({ abort: z.union([z.literal('rst'), z.literal(true)]) }),
]);
export type SendStep = z.infer<typeof SendStep>;

const Connection = z.strictObject({
  send: z.array(SendStep),
  methods: z.array(z.string()).default(['GET']),
  port: z.string().default('PORT'),
  /** Final answers to wait for. */
  expect: z.number().default(1),
  max_ms: z.number().default(8000),
  settle_ms: z.number().default(120),
  delay_ms: z.number().default(0),
  timed: z.boolean().default(false),
  tls: z.boolean().default(false),
  servername: z.string().optional(),
});
export type Connection = z.infer<typeof Connection>;

const SetupStep = z.union([
  z.strictObject({ chmod: z.string(), mode: z.string() }),
  z.strictObject({ symlink: z.string(), to: z.string(), uid: z.number() }),
  z.strictObject({ write: z.string(), repeat: z.string(), times: z.number() }),
  z.strictObject({ write: z.string(), data: z.string() }),
  z.strictObject({ chown: z.string(), uid: z.number() }),
  z.strictObject({ cc: z.string(), to: z.string() }),
  z.strictObject({ cert: z.string(), cn: z.string() }),
]);
export type SetupStep = z.infer<typeof SetupStep>;

const Step = z.union([
  z.strictObject({ request: Connection }),
  z.strictObject({ parallel: z.array(Connection) }),
  z.strictObject({ stop: z.string() }),
  z.strictObject({ start: z.string() }),
  z.strictObject({ stat: z.string() }),
  z.strictObject({ signal: z.enum(['SIGHUP', 'SIGUSR1', 'SIGUSR2']), wait_ms: z.number() }),
  z.strictObject({ sleep_ms: z.number() }),
  z.strictObject({ rename: z.string(), to: z.string() }),
]);
type Step = z.infer<typeof Step>;

const RecordedResponse = z.object({
  version: z.string(),
  status: z.number(),
  reason: z.string(),
  framing: z.string(),
  headers: z.array(z.tuple([z.string(), z.string().nullable()])),
  /** Absent when over 4096 bytes: then length and digest stand for it. */
  body: z.string().optional(),
  body_length: z.number().optional(),
  body_sha256: z.string().optional(),
});
export type RecordedResponse = z.infer<typeof RecordedResponse>;

const RecordedConnection = z.object({
  responses: z.array(RecordedResponse),
  after: z.string(),
  unparsed: z.string().optional(),
});
export type RecordedConnection = z.infer<typeof RecordedConnection>;

const FcgiLine = z.looseObject({
  app: z.string(),
  params: z.array(z.tuple([z.string(), z.string()])).optional(),
  role: z.number().optional(),
  stdin_length: z.number().optional(),
  stdin_sha256: z.string().optional(),
  aborted: z.boolean().optional(),
});
export type FcgiLine = z.infer<typeof FcgiLine>;

const Recording = z.object({
  connections: z.array(RecordedConnection),
  logs: z.record(z.string(), z.array(z.string())).default({}),
  fcgi: z.array(FcgiLine).optional(),
  files: z.record(z.string(), z.unknown()).optional(),
  play_log: z.array(z.string()).optional(),
});
export type Recording = z.infer<typeof Recording>;

const Case = z.object({
  id: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  steps: z.array(Step),
  golden: Recording,
  /** `improve`: the recorded server does something that is to be done better; `note` says what. */
  verdict: z.enum(['match', 'improve']).default('match'),
  note: z.string().optional(),
  ideal: z
    .object({ status: z.array(z.number()), responses: z.number(), after: z.string() })
    .optional(),
  ignore: z.array(z.string()).default([]),
  restart: z.boolean().default(false),
  fcgi_summary: z.boolean().default(false),
  log_wait_ms: z.number().default(60),
  requires: z.array(z.string()).default([]),
});
export type Case = z.infer<typeof Case>;

const Backend = z.strictObject({
  type: z.enum(['fcgi', 'upstream', 'php-fpm']),
  at: z.string(),
  name: z.string().optional(),
  manual: z.boolean().optional(),
  children: z.number().optional(),
  ini: z.array(z.string()).optional(),
});
type Backend = z.infer<typeof Backend>;

const SuiteFile = z.strictObject({
  suite: z.strictObject({
    name: z.string(),
    description: z.string(),
    requires: z.array(z.string()).default([]),
    ports: z.array(z.string()).default([]),
    backends: z.record(z.string(), Backend).default({}),
    setup: z.array(SetupStep).default([]),
  }),
  /** Configuration files by name, and the site below `site/`. */
  files: z.record(z.string(), z.string()),
  cases: z.array(Case),
});
export type SuiteFile = z.infer<typeof SuiteFile>;

export const RECORDINGS = join(import.meta.dirname, '../../conformance/runtime');

/** Reads the recordings of a suite. */
export function readSuite(name: string): SuiteFile {
  const text = readFileSync(join(RECORDINGS, 'suites', `${name}.json`), 'utf8');
  return SuiteFile.parse(JSON.parse(text));
}
