import { mechanismFor, someToolkitUsesFastCgi } from './cgi-facts.ts';
import { configuration, fastCgiServer, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { scriptPagesOf } from './script-pages.ts';
import { describeHost } from './wording.ts';

/** Extensions that nobody gives to a file that is to be read as it is. */
const SCRIPTS: ReadonlySet<string> = new Set([
  'asp',
  'aspx',
  'cfm',
  'cgi',
  'fcgi',
  'jsp',
  'php',
  'php3',
  'php4',
  'php5',
  'php7',
  'php8',
  'phtml',
  'pl',
  'py',
  'rb',
]);

export const SCRIPT_WITHOUT_HANDLER = defineRule({
  code: 'HW716',
  slug: 'script-without-handler',
  summary: 'A start file or error page is a script, but nothing runs scripts of its kind.',
  explanation:
    'Without a FastCGI server, CGIextension or CGIhandler for the extension Hiawatha sends the file as it is: visitors ' +
    'download the source, with the passwords in it. Say what runs it.',
  bad: configuration(virtualHost('Hostname = www.example.org', 'StartFile = index.php')),
  good: configuration(
    fastCgiServer('FastCGIid = php', 'ConnectTo = 127.0.0.1:9000', 'Extension = php'),
    virtualHost('Hostname = www.example.org', 'StartFile = index.php', 'UseFastCGI = php'),
  ),
  source: 'cgi.c: find_handler',
  needsEveryLine: true,
  onlyWith: ['StartFile', 'ErrorHandler'],
  check(config, report) {
    const blocked = config.server.settings.blockExtensions.value.map((item) => item.value);
    const isScript = (extension: string): boolean =>
      SCRIPTS.has(extension) && !blocked.includes(extension);
    config.hosts.forEach((host) => {
      const { reverseProxies, useToolkit, useFastCgi, useLocalConfig } = host.settings;
      // Requests may go elsewhere before the start file is looked at.
      if (reverseProxies.lines.length > 0 || useFastCgi.isUnreadable || useLocalConfig.value)
        return;
      if (useToolkit.lines.length > 0 && someToolkitUsesFastCgi(config)) return;
      // An id that does not exist was reported; what its server would take is not known.
      if (host.fastCgiServers.some(({ target }) => target === null)) return;
      for (const page of scriptPagesOf(host, isScript)) {
        // A list in the place of one name was reported.
        if (/[, ]/.test(page.path)) continue;
        if (mechanismFor(config, host, page.extension) !== null) continue;
        report({
          severity: 'warning',
          message: `nothing runs the script "${page.path}": visitors of ${describeHost(host)} would download its source`,
          span: page.line.value.span,
          notes: [
            {
              message: `no FastCGIserver in UseFastCGI, CGIextension or CGIhandler has the extension "${page.extension}"`,
              span: null,
            },
            {
              message:
                'add "UseFastCGI = …" with a FastCGIserver that has it, or "CGIhandler = <program>:' +
                `${page.extension}" and "ExecuteCGI = yes"`,
              span: null,
            },
          ],
        });
      }
    });
  },
});
