import type { DiagnosticRule } from './diagnostic.ts';

/** Raised for names of sections and directives by the checker, for names of actions by the rules of a toolkit. */
export const UNKNOWN_NAME: DiagnosticRule = {
  code: 'HW401',
  slug: 'unknown-directive',
  summary: 'A name that no section, directive or rule has.',
  explanation:
    'Hiawatha stops at the first name it does not know. Names may be written in any case, but they must be spelt right.',
  bad: 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nBinding {\n    Port = 8080\n}\nConnectionsTotl = 100\n',
  good: 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nBinding {\n    Port = 8080\n}\nConnectionsTotal = 100\n',
  source: 'serverconfig.c: read_main_configfile',
};
