const BLANK = 0x20;
const TAB = 0x09;

/**
 * A value without the white space around it that is no part of it (OWS, RFC 9110 §5.6.3). Not `trim`, which takes a no-break
 * space as well: the last byte of many a letter in UTF-8.
 */
export function withoutOuterBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB;
}
