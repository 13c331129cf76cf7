/** Bytes as a reader sees them: pairs of hex digits, spaces for looks, and text in quotes (Latin-1, no escapes). */
export function bytes(...lines: string[]): Buffer {
  const parts = lines.flatMap((line) => line.match(/"[^"]*"|[0-9a-f]{2}|\S+/gi) ?? []);
  return Buffer.concat(
    parts.map((part) => {
      if (part.startsWith('"')) return Buffer.from(part.slice(1, -1), 'latin1');
      if (/^[0-9a-f]{2}$/i.test(part)) return Buffer.from(part, 'hex');
      throw new Error(`neither a byte nor text: ${part}`);
    }),
  );
}

/** Every way to cut bytes in two, then one byte at a time, then whole. */
export function* allCuts(whole: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 1; at < whole.length; at += 1) yield [whole.subarray(0, at), whole.subarray(at)];
  yield Array.from(whole, (_, at) => whole.subarray(at, at + 1));
  yield [whole];
}
