/**
 * Takes secrets out of what is recorded: cookies and logins, and whatever has a name as secrets have. A recording is read
 * by people, and sent to others. What cannot be looked into is left out as a whole.
 */
import type { ExchangeRecord, RecordedBody } from './exchange-record.ts';

/** Stands for every secret, so that nothing shows how long it was. */
const MASK = '(masked)';

type Pair = [name: string, value: string];

/** Of variables, fields, parameters and keys: letters only, in lower case. */
const SECRET_NAME =
  /auth|bearer|cookie|credential|csrf|jwt|nonce|passphrase|passw|pwd|secret|session|sessid|signature|token|xsrf|apikey|accesskey|privatekey|pass$|pw$|^(?:key|pin|otp|code|sid|sig|remoteuser|httpxforwardeduser)$/;

/** Variables whose value is a URL, or ends in the query of one. */
const URL_VARIABLES: ReadonlySet<string> = new Set(['REQUEST_URI', 'HTTP_REFERER']);
const URL_FIELDS: ReadonlySet<string> = new Set([
  'location',
  'content-location',
  'link',
  'refresh',
]);

/** Names that only look like secrets. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(['AUTH_TYPE', 'WWW-Authenticate']);

function isSecret(name: string): boolean {
  return !PLAIN_NAMES.has(name) && SECRET_NAME.test(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/** The record without its secrets. */
export function maskExchange(record: ExchangeRecord): ExchangeRecord {
  const type = record.variables.find(([name]) => name === 'CONTENT_TYPE')?.[1] ?? '';
  const { outcome } = record;
  return {
    ...record,
    isMasked: true,
    variables: record.variables.map(maskVariable),
    body: maskBody(record.body, type, 'leave-out'),
    outcome:
      outcome.kind === 'answer'
        ? { ...outcome, fields: maskFields(outcome.fields), body: maskAnswer(outcome) }
        : outcome,
  };
}

/** The fields of an answer without secrets: of a cookie, only its value goes. */
export function maskFields(fields: readonly Pair[]): Pair[] {
  return fields.map(([name, value]) => {
    const lower = name.toLowerCase();
    if (lower === 'set-cookie') return [name, value.replace(/=[^;]*/, `=${MASK}`)];
    if (URL_FIELDS.has(lower)) return [name, maskQueryIn(value)];
    return [name, isSecret(name) ? MASK : value];
  });
}

/** The body of an answer without secrets, where it is JSON or a form; a page is kept as it is. */
export function maskAnswer(answer: {
  readonly fields: readonly Pair[];
  readonly body: RecordedBody;
}): RecordedBody {
  const type = answer.fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  return maskBody(answer.body, type, 'keep');
}

function maskVariable([name, value]: Pair): Pair {
  if (name === 'QUERY_STRING') return [name, maskForm(value)];
  if (URL_VARIABLES.has(name)) return [name, maskQueryIn(value)];
  return [name, isSecret(name.replace(/^HTTP_/, '')) || isSecret(name) ? MASK : value];
}

function maskBody(body: RecordedBody, type: string, others: 'keep' | 'leave-out'): RecordedBody {
  const { bytes, text } = body;
  if (bytes === 0) return body;
  if (text !== undefined && body.missing === undefined) {
    const masked = maskText(text, type);
    if (masked !== null) return { bytes, text: masked };
  }
  return others === 'keep' && !isStructured(type) ? body : { bytes, missing: 'secret' };
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\b/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

function isStructured(type: string): boolean {
  return JSON_TYPE.test(type) || FORM_TYPE.test(type);
}

/** @returns null for what has no names and values. */
function maskText(text: string, type: string): string | null {
  if (FORM_TYPE.test(type)) return maskForm(text);
  if (!JSON_TYPE.test(type)) return null;
  try {
    const secrets: string[] = [];
    const json: unknown = JSON.parse(text, (key, value: unknown) => {
      if (!isSecret(key) || typeof value === 'boolean' || value === null) return value;
      secrets.push(key);
      return MASK;
    });
    return secrets.length > 0 ? JSON.stringify(json) : text;
  } catch {
    return null;
  }
}

function maskQueryIn(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : `${url.slice(0, mark + 1)}${maskForm(url.slice(mark + 1))}`;
}

function maskForm(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals === -1) return pair;
      return isSecret(decodedName(pair.slice(0, equals)))
        ? `${pair.slice(0, equals)}=${MASK}`
        : pair;
    })
    .join('&');
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
