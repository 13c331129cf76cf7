import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonProblem, type JsonNode, parseJson } from '../../grammar/json.ts';

function read(text: string): ReturnType<typeof parseJson> {
  return parseJson({ path: 'a.json', text });
}

/** The value that a node stands for. */
function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value)]));
    case 'array':
      return node.items.map(valueOf);
    case 'null':
      return null;
    case 'string':
    case 'number':
    case 'boolean':
      return node.value;
  }
}

describe('parseJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const node = read(text);
        if (isJsonProblem(node)) throw new Error(node.message);
        expect(JSON.stringify(valueOf(node))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('refuses what JSON.parse refuses', () => {
    const damaged = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', 'x', '\\'))
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(isJsonProblem(read(text))).toBe(!isJson);
      }),
    );
  });

  test('says where each thing stands', () => {
    const text = '\uFEFF{ "a": [1, "é"] }';
    const node = read(text);
    if (isJsonProblem(node) || node.kind !== 'object') throw new Error('no object');
    const [member] = node.members;
    if (member?.value.kind !== 'array') throw new Error('no array');
    const spans = [member.keySpan, member.value.span, ...member.value.items.map((one) => one.span)];
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([
      '"a"',
      '[1, "é"]',
      '1',
      '"é"',
    ]);
  });

  test.each([
    ['', 'it ends too early (a value is missing)'],
    ['{"a" 1}', '":" is missing behind "a"'],
    ['{"a": 1', 'it ends too early ("," or "}" is missing)'],
    ['{a: 1}', 'here belongs a name in double quotes'],
    ['{"a": yes}', '"yes" is no value; texts stand in double quotes'],
    ['{} // mine', 'something follows its end'],
    ['// mine\n{}', 'it knows no comments'],
    ['{"a": "\\q"}', 'the text that begins here is not ended, or has a wrong escape in it'],
    ['[1,]', 'a value is missing'],
    ['['.repeat(100), 'it is nested deeper than 32 levels'],
  ])('says why %j is not JSON', (text, message) => {
    const node = read(text);
    expect(isJsonProblem(node) ? node.message : node).toBe(message);
  });
});
