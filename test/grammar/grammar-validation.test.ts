/** The grammars are not validated when the program starts, because that takes time. Here they are. */
import { Lexer } from 'chevrotain';
import { expect, it } from 'vitest';

import { ConfigParser } from '../../grammar/parser.ts';
import { COARSE_DEFINITION, FINE_DEFINITION } from '../../grammar/tokens.ts';
import { ToolkitRuleParser } from '../../grammar/toolkit/parser.ts';
import { RULE_LEXER_DEFINITION } from '../../grammar/toolkit/tokens.ts';

it.each([
  ['of a configuration', COARSE_DEFINITION],
  ['of a configuration whose braces are repaired', FINE_DEFINITION],
  ['of the rules of a toolkit', RULE_LEXER_DEFINITION],
])('finds nothing wrong with the tokens %s', (_name, definition) => {
  const lexer = new Lexer(definition, { positionTracking: 'onlyOffset' });
  expect(lexer.lexerDefinitionErrors).toEqual([]);
});

it.each([
  ['of a configuration', () => new ConfigParser(false)],
  ['of the rules of a toolkit', () => new ToolkitRuleParser(false)],
])('finds nothing wrong with the grammar %s', (_name, makeParser) => {
  expect(makeParser).not.toThrow();
});
