/** What has to fit together (serverconfig.c: check_configuration; hiawatha.c: bind_sockets). */
import { diagnose } from '../../grammar/diagnostic.ts';
import { findSection } from '../../grammar/directives/index.ts';
import type { SourceSpan } from '../../grammar/source.ts';
import { ADDRESS_NAME, INVALID_VALUE, REMOVED } from '../../grammar/values/value-errors.ts';
import type { ExpandedConfig, ExpandedDirective } from '../expanded.ts';
import { DEFAULT_HOST, DUPLICATE_LISTENER, SERVER_ROOT } from './check-errors.ts';
import type {
  CheckedBinding,
  CheckedDirectory,
  CheckedFastCgiServer,
  CheckedHost,
  SettingLine,
} from './model.ts';
import type { Report } from './reading.ts';

/** Reports bindings that cannot both listen. */
export function checkListeners(bindings: readonly CheckedBinding[], report: Report): void {
  const seen = new Map<string, CheckedBinding>();
  for (const binding of bindings) {
    const { port, address } = binding.settings;
    const line = port.last;
    if (line === undefined || address.isUnreadable) continue;
    const key = `${address.value} ${line.value}`;
    const earlier = seen.get(key)?.settings.port.last;
    if (earlier === undefined) {
      seen.set(key, binding);
      continue;
    }
    report(
      diagnose(DUPLICATE_LISTENER, {
        severity: 'error',
        message: `another binding already listens on ${address.value} port ${line.value}`,
        span: line.directive.value.span,
        notes: [
          { message: 'first defined here', span: earlier.directive.value.span },
          { message: 'delete one of them, or give it another Port or Interface', span: null },
        ],
        acceptedByHiawatha: true,
      }),
    );
  }
}

/** Reports what the default host may not have. */
export function checkDefaultHost(host: CheckedHost, report: Report): void {
  const { requireTls, requiredBindings } = host.settings;
  const refuse = (line: SettingLine<unknown> | undefined, name: string): void => {
    if (line === undefined) return;
    report(
      diagnose(DEFAULT_HOST, {
        severity: 'error',
        message: `"${name}" is not allowed on the default host`,
        span: line.directive.keySpan,
        notes: [
          { message: 'put the site into a VirtualHost section and set it there', span: null },
        ],
      }),
    );
  };
  if (requireTls.value.enabled) refuse(requireTls.last, 'RequireTLS');
  refuse(requiredBindings.lines[0], 'RequiredBinding');
}

/** Reports FastCGI servers in a jail that does not hold the sites they serve. */
export function checkServerRoots(
  servers: readonly CheckedFastCgiServer[],
  hosts: readonly CheckedHost[],
  report: Report,
): void {
  for (const server of servers) {
    const line = server.settings.serverRoot.last;
    if (line === undefined) continue;
    const root = line.value;
    const span = line.directive.value.span;
    const bare = root.replace(/\/+$/, '');
    const fix =
      bare !== root && bare !== ''
        ? { title: `write "${bare}"`, safe: true, edits: [{ span, text: bare }] }
        : null;
    const users = hosts.filter((host) => host.fastCgiServers.some((use) => use.target === server));
    const outside = users.filter((host) => {
      const site = host.settings.websiteRoot.value;
      return site !== null && site !== root && !site.startsWith(`${root}/`);
    });
    for (const host of outside) {
      const siteLine = host.settings.websiteRoot.last;
      report(
        diagnose(SERVER_ROOT, {
          severity: 'error',
          message: `the WebsiteRoot "${host.settings.websiteRoot.value ?? ''}" is not below the ServerRoot "${root}" of the FastCGI server that it uses`,
          span,
          notes: [
            { message: 'the site is here', span: siteLine?.directive.value.span ?? null },
            ...(fix === null
              ? []
              : [{ message: 'the slash at the end spoils the comparison', span: null }]),
          ],
          fix,
        }),
      );
    }
    if (outside.length === 0 && (!root.startsWith('/') || fix !== null)) {
      report(
        diagnose(SERVER_ROOT, {
          severity: 'warning',
          message: root.startsWith('/')
            ? `the ServerRoot "${root}" ends in a slash, so no site can lie below it`
            : `the ServerRoot "${root}" is not a full path, so no site can lie below it`,
          span,
          fix,
        }),
      );
    }
  }
}

const FILE_SYSTEM_ROOTS = /^\/(var|srv|home|usr|opt|www|etc)\//;

/** Reports Directory sections in the style before release 10.0: a path of the file system and no id. */
export function checkOldDirectories(
  directories: readonly CheckedDirectory[],
  hosts: readonly CheckedHost[],
  report: Report,
): void {
  if (directories.length === 0) return;
  const roots = hosts.flatMap((host) => host.settings.websiteRoot.value ?? []);
  for (const { settings } of directories) {
    if (settings.id.lines.length > 0) continue;
    for (const path of settings.paths.value) {
      const site = roots.find((root) => path.value === root || path.value.startsWith(`${root}/`));
      if (site === undefined && !FILE_SYSTEM_ROOTS.test(path.value)) continue;
      report(
        diagnose(REMOVED, {
          severity: 'warning',
          message: `"${path.value}" looks like a directory; since Hiawatha 10.0 Path is the beginning of a URL`,
          since: '10.0',
          span: path.span,
          notes: [
            {
              message:
                'write the URL path, add a DirectoryID, and list it in UseDirectory of the host',
              span: null,
            },
          ],
        }),
      );
    }
  }
}

/** Reports a realm that spoils Digest logins: there the colon separates user, realm and hash. */
export function checkLoginMessage(host: CheckedHost, report: Report): void {
  const { loginMessage, passwordFile } = host.settings;
  const line = loginMessage.last;
  if (line?.value.includes(':') !== true || passwordFile.value?.scheme !== 'digest') return;
  const login = passwordFile.last;
  report(
    diagnose(INVALID_VALUE, {
      severity: 'warning',
      message: `the colon in "${line.value}" makes every Digest login fail`,
      span: line.directive.value.span,
      notes: [
        { message: 'Digest logins are asked for here', span: login?.directive.span ?? null },
        { message: 'the lines of a Digest password file are "user:realm:hash"', span: null },
      ],
    }),
  );
}

/** The Monitor module takes the name `monitor`; it looks at whole values only (serverconfig.c: host_setting). */
export function refuseMonitorHost(expanded: ExpandedConfig, report: Report): void {
  const lines: readonly ExpandedDirective[] = [
    ...expanded.directives,
    ...expanded.sections.flatMap((section) =>
      findSection(section.name)?.kind === 'virtual-host' ? section.directives : [],
    ),
  ];
  for (const line of lines) {
    if (line.key.toLowerCase() !== 'hostname' || line.value.text.trim() !== 'monitor') continue;
    const span: SourceSpan = line.value.span;
    report(
      diagnose(ADDRESS_NAME, {
        severity: 'error',
        message: 'the host name "monitor" is taken by the Monitor module',
        span,
        notes: [{ message: 'give the host another name', span: null }],
      }),
    );
  }
}
