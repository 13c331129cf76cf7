import type { PathFacts } from './environment.ts';
import { configuration, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { spanOfValue } from './wording.ts';

const DEFAULTS: ReadonlySet<string> = new Set(['/var/run/hiawatha.pid', '/run/hiawatha.pid']);
/** Where Hiawatha looks for the wrapper. */
const DEFAULT_WRAPPER = '/usr/sbin/cgi-wrapper';

const HOST = virtualHost('Hostname = www.example.org', 'ExecuteCGI = yes', 'WrapCGI = site1');
const EXTENSION = 'CGIextension = cgi';

export const MOVED_PID_FILE = defineRule({
  code: 'HW920',
  slug: 'moved-pid-file',
  summary: 'PIDfile is moved although the CGI wrapper is used.',
  explanation:
    'The CGI wrapper looks in `/var/run/hiawatha.pid` to see that the server started it, and that place is built into it. ' +
    'With PIDfile elsewhere it refuses to run anything. This server (`check --server hiawatha-ts`) starts such programs by itself ' +
    'where no setuid wrapper is installed: for it the warning comes where `--fs` finds one.',
  bad: configuration(`PIDfile = /srv/web/hiawatha.pid\n${EXTENSION}`, HOST),
  good: configuration(EXTENSION, HOST),
  source: 'hiawatha(1) SERVER CONFIGURATION: PIDfile; cgi-wrapper.c',
  check(config, report, environment) {
    const { pidFile, wrapUserCgi, cgiWrapper } = config.server.settings;
    const span = spanOfValue(pidFile);
    if (span === null || pidFile.value === null || DEFAULTS.has(pidFile.value)) return;
    const users = [
      wrapUserCgi,
      ...[...config.hosts, ...config.directories].map((s) => s.settings.wrapCgi),
    ];
    const user = users.flatMap((setting) => {
      const line = setting.last;
      return line === undefined || line.value === false ? [] : [line.directive];
    })[0];
    if (user === undefined) return;
    if (
      environment.isServedHere() &&
      !isSetuidRoot(environment.path(cgiWrapper.value ?? DEFAULT_WRAPPER))
    )
      return;
    report({
      severity: 'warning',
      message: `the CGI wrapper refuses to run with PIDfile elsewhere than "/var/run/hiawatha.pid"`,
      span,
      notes: [
        { message: `${user.key} uses the wrapper here`, span: user.keySpan },
        { message: 'delete PIDfile, or build the wrapper for this place', span: null },
      ],
    });
  },
});

const SETUID_BIT = 0o4000;

function isSetuidRoot(facts: PathFacts | null): boolean {
  const file = facts?.missing === null ? facts.elements.at(-1) : undefined;
  return file !== undefined && file.uid === 0 && (file.mode & SETUID_BIT) !== 0;
}
