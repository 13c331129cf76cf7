/** The head of an answer: what a handler says, with the fields that every answer has and those that frame its body. */
import type { ByteString } from '../byte-string.ts';
import { httpDateNow } from './http-date.ts';
import { reasonPhrase } from './reason-phrase.ts';
import type { AnswerHead } from './transport.ts';

/** Names and values in turn; values are byte strings. */
export type FieldList = readonly ByteString[];

/** What a head is made of. */
export interface HeadParts {
  readonly status: number;
  /** Those of the handler. */
  readonly fields: FieldList;
  /** null when the end shows how long the body is. */
  readonly contentLength: number | null;
  /** Those of every answer of the site, and those of this answer whoever writes it. */
  readonly commonFields: FieldList;
  readonly extraFields: FieldList;
  readonly isKeepAlive: boolean;
  readonly isHttp10: boolean;
  /** HTTP/2 frames bodies, and its answers say nothing of connections (RFC 9113 §8.2.2). */
  readonly isFramed: boolean;
}

/** The head that was made last, which often is that of the next answer. */
let last: { readonly parts: HeadParts; readonly date: string; readonly head: AnswerHead } | null =
  null;

/** Makes a head; it is the same object where the last one was of the same parts. */
export function answerHead(parts: HeadParts): AnswerHead {
  const date = httpDateNow();
  if (last !== null && last.date === date && areSame(last.parts, parts)) return last.head;
  const head = makeHead(parts, date);
  // Extra fields are made for one answer.
  if (parts.extraFields.length === 0) last = { parts, date, head };
  return head;
}

/** Lists are compared by what they are, and not by what is in them. */
function areSame(one: HeadParts, other: HeadParts): boolean {
  return (
    one.fields === other.fields &&
    one.status === other.status &&
    one.contentLength === other.contentLength &&
    one.commonFields === other.commonFields &&
    other.extraFields.length === 0 &&
    one.isKeepAlive === other.isKeepAlive &&
    one.isHttp10 === other.isHttp10 &&
    one.isFramed === other.isFramed
  );
}

function makeHead(parts: HeadParts, date: string): AnswerHead {
  const { status, contentLength, isKeepAlive, isHttp10, isFramed } = parts;
  const fields: ByteString[] = [];
  if (!hasField(parts.fields, 'date')) fields.push('Date', date);
  fields.push(...parts.commonFields);
  if (!isFramed) fields.push('Connection', isKeepAlive ? 'keep-alive' : 'close');
  fields.push(...parts.extraFields, ...parts.fields);
  const isBodyDue = status !== 204 && status !== 304;
  const isChunked = isBodyDue && contentLength === null && !isHttp10 && !isFramed;
  if (isBodyDue) {
    if (contentLength !== null) fields.push('Content-Length', String(contentLength));
    else if (isChunked) fields.push('Transfer-Encoding', 'chunked');
  }
  const phrase = reasonPhrase(status);
  let bytes = phrase.length + 17;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    bytes += (fields[at]?.length ?? 0) + (fields[at + 1]?.length ?? 0) + 4;
  }
  return { status, phrase, fields, bytes, isChunked, isLast: !isKeepAlive };
}

function hasField(fields: FieldList, lowerCaseName: string): boolean {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? '';
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return true;
  }
  return false;
}
