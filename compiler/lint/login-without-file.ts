import type { AccessRule } from '../../grammar/values/access-list.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import type { CredentialFiles } from '../../grammar/values/credential-files.ts';
import type { Spanned } from '../../grammar/values/spanned.ts';
import type { CheckedDirectory, CheckedHost } from '../check/model.ts';
import { configuration, virtualHost } from './example.ts';
import { directoriesOf } from './host-facts.ts';
import { defineRule } from './rule.ts';
import { describeHost } from './wording.ts';

export const LOGIN_WITHOUT_FILE = defineRule({
  code: 'HW906',
  slug: 'login-without-file',
  summary: 'A login or a group is required, but there is no file to look it up in.',
  explanation:
    '`pwd` in an access list without PasswordFile refuses every login, and RequiredGroup without a group file knows no ' +
    'group, so nobody gets in. Both files stand in PasswordFile: `basic:<passwords>, <groups>`.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'AccessList = pwd all')),
  good: configuration(
    virtualHost(
      'Hostname = www.example.org',
      'AccessList = pwd all',
      'PasswordFile = basic:/etc/hiawatha/users',
    ),
  ),
  source: 'hiawatha(1) VIRTUAL HOST CONFIGURATION: PasswordFile, RequiredGroup',
  needsEveryLine: true,
  onlyWith: ['AccessList', 'AlterList', 'RequiredGroup', 'AlterGroup'],
  check(config, report) {
    const reported = new Set<string>();
    /** A Directory section that several hosts use is reported once. */
    function add(span: SourceSpan, message: string, advice: string): void {
      const key = `${span.file.path}:${span.start}`;
      if (reported.has(key)) return;
      reported.add(key);
      report({ severity: 'warning', message, span, notes: [{ message: advice, span: null }] });
    }
    for (const host of config.hosts) {
      for (const place of [host, ...directoriesOf(host)]) {
        const files = filesOf(host, place);
        if (files === 'unreadable') continue;
        const { accessList, alterList, requiredGroups, alterGroups } = place.settings;
        const pwd = loginItem(accessList.value) ?? loginItem(alterList.value);
        const name = describeHost(host);
        if (pwd !== undefined && files?.passwordFile == null) {
          add(
            pwd.span,
            `"pwd" refuses everybody: there is no PasswordFile in ${name}`,
            'add "PasswordFile = basic:<file>"',
          );
        }
        const groups = [
          { setting: requiredGroups, isUsed: true, directive: 'RequiredGroup' },
          { setting: alterGroups, isUsed: alterList.lines.length > 0, directive: 'AlterGroup' },
        ];
        for (const { setting, isUsed, directive } of groups) {
          const line = setting.last;
          if (line === undefined || !isUsed || files?.groupFile != null) continue;
          add(
            line.directive.value.span,
            `${directive} lets nobody in: there is no group file in ${name}`,
            'add it behind the password file: "PasswordFile = basic:<passwords>, <groups>"',
          );
        }
      }
    }
  },
});

/** The files that count in a place: its own, or those of the host. */
function filesOf(
  host: CheckedHost,
  place: CheckedHost | CheckedDirectory,
): CredentialFiles | null | 'unreadable' {
  const own = place.settings.passwordFile;
  const inherited = host.settings.passwordFile;
  if (own.isUnreadable || inherited.isUnreadable) return 'unreadable';
  return own.value ?? inherited.value;
}

function loginItem(list: readonly Spanned<AccessRule>[]): Spanned<AccessRule> | undefined {
  return list.find((item) => item.value.action === 'pwd');
}
