import type { DiagnosticRule } from '../diagnostic.ts';

const SITE = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/site\nBinding {\n    Port = 80\n}\n';

/** Raised only for a release that is older than the current one (`check --target`). */
export const NEWER_DIRECTIVE: DiagnosticRule = {
  code: 'HW414',
  slug: 'newer-directive',
  summary:
    'A directive, an action or a form of a value that the release in question does not know yet.',
  explanation:
    'With `check --target 9.15` the configuration is read as Hiawatha 9.15 reads it: what came later is an error, whether ' +
    'it is a directive, an action of a toolkit rule or a form of a value, and what was removed later is none. Without ' +
    '`--target` it is read as 11.5 reads it. The example is an error for 9.15.',
  bad: `${SITE}Syslog = system\nUrlToolkit {\n    ToolkitID = moved\n    Match ^/old Redirect 302 /new\n}\nUseToolkit = moved\n`,
  good: `${SITE}UrlToolkit {\n    ToolkitID = moved\n    Match ^/old Redirect /new\n}\nUseToolkit = moved\n`,
  source: 'ChangeLog; toolkit.c: toolkit_setting; serverconfig.c',
};
