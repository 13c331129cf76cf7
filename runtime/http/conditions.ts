/** Conditional requests (RFC 9110 §13) and ranges (§14) for one representation. */
import fresh from 'fresh';
import parseRange from 'range-parser';
import type { ByteString } from '../byte-string.ts';
import { MAX_RANGES } from '../limits.ts';
import { fieldValue, type RequestContext } from '../request-context.ts';
import { httpDate } from './http-date.ts';

/** A file as clients may know it. */
export interface Validators {
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Bytes `start` to `end`, which is included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Tags of files that were asked for last, by when they were written. */
const knownTags = new Map<number, { readonly size: number; readonly etag: string }>();
const MAX_KNOWN_TAGS = 1000;

/** A strong tag of what `stat` says of a file. */
export function etagOf(size: number, modifiedMs: number): string {
  const known = knownTags.get(modifiedMs);
  if (known?.size === size) return known.etag;
  if (knownTags.size >= MAX_KNOWN_TAGS) knownTags.clear();
  const etag = `"${size.toString(16)}-${Math.floor(modifiedMs * 1000).toString(16)}"`;
  knownTags.set(modifiedMs, { size, etag });
  return etag;
}

/** What the conditions of a request ask for, in the order of RFC 9110 §13.2.2. */
export function judgeConditions(
  request: RequestContext,
  { etag, modifiedMs }: Validators,
): 'send' | 'not-modified' | 'failed' {
  const ifMatch = fieldValue(request, 'if-match');
  if (ifMatch !== null) {
    const tags = ifMatch.split(',').map((tag) => tag.trim());
    if (!tags.includes('*') && !tags.includes(etag)) return 'failed';
  } else if (isModifiedSince(fieldValue(request, 'if-unmodified-since'), modifiedMs)) {
    return 'failed';
  }
  const ifNoneMatch = fieldValue(request, 'if-none-match');
  const ifModifiedSince = fieldValue(request, 'if-modified-since');
  if (ifNoneMatch === null && ifModifiedSince === null) return 'send';
  const conditions =
    ifNoneMatch === null
      ? { 'if-modified-since': ifModifiedSince ?? '' }
      : { 'if-none-match': ifNoneMatch };
  const validators = { etag, 'last-modified': httpDate(modifiedMs) };
  return fresh(conditions, validators) ? 'not-modified' : 'send';
}

/**
 * Whether what a client wants to replace or remove is what it has seen (RFC 9110 §13.1), so that nobody's changes are lost.
 *
 * @param validators - null where there is no file yet.
 * @param otherTags - Further tags that clients know the file by.
 */
export function mayAlter(
  request: RequestContext,
  validators: Validators | null,
  otherTags: readonly string[],
): boolean {
  const known = validators === null ? [] : ['*', validators.etag, ...otherTags];
  const names = (field: ByteString): boolean =>
    field.split(',').some((tag) => known.includes(tag.trim().replace(/^W\//, '')));
  const ifMatch = fieldValue(request, 'if-match');
  if (ifMatch !== null) {
    if (!names(ifMatch)) return false;
  } else if (
    validators !== null &&
    isModifiedSince(fieldValue(request, 'if-unmodified-since'), validators.modifiedMs)
  ) {
    return false;
  }
  const ifNoneMatch = fieldValue(request, 'if-none-match');
  return ifNoneMatch === null || !names(ifNoneMatch);
}

/** False too for a date that cannot be read: it is ignored. */
function isModifiedSince(date: string | null, modifiedMs: number): boolean {
  const since = date === null ? Number.NaN : Date.parse(date);
  return !Number.isNaN(since) && seconds(modifiedMs) > seconds(since);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/**
 * The ranges to send, in the order they were asked for; null for all of it. Those that overlap or touch are one, so that
 * no byte is sent twice.
 */
export function wantedRanges(
  request: RequestContext,
  size: number,
  validators: Validators,
): readonly ByteRange[] | 'unsatisfiable' | null {
  const field = fieldValue(request, 'range');
  if (field === null || !field.startsWith('bytes=')) return null;
  if (!isSameRepresentation(fieldValue(request, 'if-range'), validators)) return null;
  // A list may have empty elements (RFC 9110 §5.6.1).
  const items = field.slice('bytes='.length).split(',').map(trimmed).filter(isFilled);
  if (items.length === 0 || items.length > MAX_RANGES) return null;
  const specs: string[] = [];
  for (const item of items) {
    const spec = readableSpec(item, size);
    // One that is no range makes the field unreadable, and such a field is ignored.
    if (spec === null) return null;
    specs.push(spec);
  }
  const ranges = parseRange(size, `bytes=${specs.join(',')}`, { combine: true });
  if (ranges === -1) return 'unsatisfiable';
  return ranges === -2 ? null : ranges.map(({ start, end }) => ({ start, end }));
}

function trimmed(text: string): string {
  return text.trim();
}

function isFilled(text: string): boolean {
  return text !== '';
}

/** One range as the library reads it; null for what is none. */
function readableSpec(item: string, size: number): string | null {
  // White space is bad form, and Hiawatha bears it.
  const found = /^(\d*)\s*-\s*(\d*)$/.exec(item);
  const [, first = '', last = ''] = found ?? [];
  if (first === '' && last === '') return null;
  if (first !== '' && last !== '' && Number(first) > Number(last)) return null;
  // The library takes a suffix longer than the file for unsatisfiable; RFC 9110 §14.1.2 wants the whole file.
  return `${first}-${first === '' ? Math.min(Number(last), size) : last}`;
}

function isSameRepresentation(ifRange: string | null, { etag, modifiedMs }: Validators): boolean {
  if (ifRange === null || ifRange === etag) return true;
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return false;
  const date = Date.parse(ifRange);
  return !Number.isNaN(date) && seconds(date) === seconds(modifiedMs);
}
