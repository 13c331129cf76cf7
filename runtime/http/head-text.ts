/** The head of an answer as HTTP/1.1 writes it (RFC 9112 §2.1). */
import type { ByteString } from '../byte-string.ts';
import { fieldLine } from './field-line.ts';
import type { AnswerHead } from './transport.ts';

/** The head that was written last: the next answer may have the very same. */
let last: {
  readonly head: AnswerHead;
  readonly version: string;
  readonly text: ByteString;
} | null = null;

/** @param version - That of the request, where its client knows no other. */
export function headText(head: AnswerHead, version: '1.0' | '1.1'): ByteString {
  if (last?.head === head && last.version === version) return last.text;
  const { status, phrase, fields } = head;
  const lines = [`HTTP/${version} ${status} ${phrase}\r\n`];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    lines.push(fieldLine(fields[at] ?? '', fields[at + 1] ?? ''));
  }
  lines.push('\r\n');
  // Joined and not added up: what is added up is a tree to V8, and is put together anew whenever it is written.
  const text = lines.join('');
  last = { head, version, text };
  return text;
}
