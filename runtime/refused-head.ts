/** Heads that are no request, or one that is refused before anything is done: what logs get of them. */
import type { RawHead, RequestHead } from './http/request-head.ts';

/** Something to read like other heads, of which nothing is to be trusted. */
export function headOfRefused(head: RawHead): RequestHead {
  const { method, target, rawFields } = head;
  const fields: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawFields.length; at += 2) {
    fields.push([rawFields[at] ?? '', rawFields[at + 1] ?? '']);
  }
  return {
    method,
    target,
    httpVersion:
      head.httpVersion === '1.0' || head.httpVersion === '2.0' ? head.httpVersion : '1.1',
    fields,
    hostname: null,
    hostPort: null,
    // The framing of a refused request is not to be trusted: nothing behind its head is read as anything.
    body: { kind: 'chunked' },
    headBytes: 0,
    isKeepAlive: false,
    expectation: 'none',
  };
}

/** The head as it came, but for what the parser has unified. */
export function rawText(head: RawHead): string {
  const { rawFields } = head;
  let text = `${head.method} ${head.target} HTTP/${head.httpVersion}`;
  for (let at = 0; at + 1 < rawFields.length; at += 2) {
    text += `\r\n${rawFields[at] ?? ''}: ${rawFields[at + 1] ?? ''}`;
  }
  return text;
}
