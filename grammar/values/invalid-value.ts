import type { DiagnosticRule } from '../diagnostic.ts';

/** Raised by the parser for a directive without value, and by value types for what is no value of theirs. */
export const INVALID_VALUE: DiagnosticRule = {
  code: 'HW404',
  slug: 'invalid-value',
  summary: 'A directive has no value, or one that is not of its kind.',
  explanation:
    'Every directive takes a value of one kind: a number, a path, `yes` or `no`, a list. Hiawatha refuses a value of ' +
    'another kind, and an empty one, with no more than "Syntax error" and a line number. Write a value of the kind that ' +
    'the message names.',
  bad: 'Binding {\n\tPort =\n}\nHostname = 127.0.0.1\nWebsiteRoot = /var/www\n',
  good: 'Binding {\n\tPort = 80\n}\nHostname = 127.0.0.1\nWebsiteRoot = /var/www\n',
  source: 'hiawatha(1); serverconfig.c: read_main_configfile',
};
