/** What is kept of one exchange with an application: a JSON file that people can read and `fcgi replay` can play. */
import * as z from 'zod';

const RECORD_VERSION = 1;

const Pairs = z.array(z.tuple([z.string(), z.string()]));

/** Bytes: as text where they are UTF-8, else as base64. */
const Body = z.strictObject({
  /** Of the whole body, also where it is cut or left out. */
  bytes: z.number(),
  text: z.string().optional(),
  base64: z.string().optional(),
  /** `cut`: only the beginning is there. `secret`: left out, because nobody knows what is in it. */
  missing: z.enum(['cut', 'secret']).optional(),
});

const Outcome = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answer'),
    status: z.number(),
    fields: Pairs,
    body: Body,
    ms: z.number(),
    /** The answer broke off: why. */
    brokenBy: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('failure'),
    code: z.string(),
    status: z.number(),
    message: z.string(),
    ms: z.number(),
  }),
  /** The client went away. */
  z.strictObject({ kind: z.literal('aborted'), ms: z.number() }),
]);

const ExchangeRecordSchema = z.strictObject({
  version: z.literal(RECORD_VERSION),
  /** When it began (RFC 3339). */
  at: z.string(),
  kind: z.enum(['fastcgi', 'cgi']),
  /** FastCGIid, or the path of the program. */
  application: z.string(),
  /** Whether secrets were replaced. */
  isMasked: z.boolean(),
  /** In the order that they were sent. Each character is one byte. */
  variables: Pairs,
  body: Body,
  outcome: Outcome,
  standardError: z.string(),
});

/** Bytes of a body, as text where they are. */
export type RecordedBody = z.infer<typeof Body>;
/** A request to an application and its answer, as a file keeps them. */
export type ExchangeRecord = z.infer<typeof ExchangeRecordSchema>;

/** As a file, with final line end. */
export function encodeExchange(record: Omit<ExchangeRecord, 'version'>): string {
  return `${JSON.stringify({ version: RECORD_VERSION, ...record }, null, 2)}\n`;
}

/** @returns a sentence where the text is no record of this version. */
export function decodeExchange(text: string): ExchangeRecord | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const decoded = ExchangeRecordSchema.safeParse(json);
  if (decoded.success) return decoded.data;
  const [issue] = decoded.error.issues;
  return `${issue?.path.map(String).join('.') || 'the record'}: ${issue?.message ?? 'not valid'}`;
}

/** @param whole - The size of the body, of which `kept` may be the beginning. */
export function recordedBody(kept: Buffer, whole: number): RecordedBody {
  const text = kept.toString('utf8');
  const content = Buffer.from(text, 'utf8').equals(kept)
    ? { text }
    : { base64: kept.toString('base64') };
  return { bytes: whole, ...content, ...(kept.length < whole ? { missing: 'cut' as const } : {}) };
}

/** What is there of a body. */
export function bytesOfBody({ text, base64 }: RecordedBody): Buffer {
  return base64 === undefined ? Buffer.from(text ?? '', 'utf8') : Buffer.from(base64, 'base64');
}
