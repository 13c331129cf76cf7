import { readIp } from '../../grammar/values/ip-address.ts';
import { configuration, PLAIN_BINDING, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { describeHost } from './wording.ts';

export const DEFAULT_HOST_NAME = defineRule({
  code: 'HW606',
  slug: 'default-host-name',
  summary: 'The default host has a domain name and not the address of the server.',
  explanation:
    'The default host answers every request that no VirtualHost is named for: requests by address, scanners, names of ' +
    'others that point here, the first name somebody mistypes in a VirtualHost. Keep it a neutral page under the address ' +
    'of the server, and give each site a VirtualHost.',
  bad: `${PLAIN_BINDING}\nHostname = www.example.org\nWebsiteRoot = /var/www/site\n`,
  good: configuration(virtualHost('Hostname = www.example.org')),
  source: 'wigwam.c: check_virtual_hosts',
  check(config, report) {
    const [host] = config.hosts;
    const name = host?.settings.hostnames.value[0];
    if (host === undefined || name === undefined) return;
    if (host.settings.hostnames.value.some(({ value }) => isAddress(value))) return;
    const others = config.hosts.slice(1).map(describeHost);
    report({
      severity: 'warning',
      message: `the default host is named "${name.value}", but it also answers every other name and requests by address`,
      span: name.span,
      notes: [
        {
          message:
            others.length === 0
              ? 'put this site in a VirtualHost section, and let the default host be "Hostname = 127.0.0.1" with a neutral page'
              : `it is searched before ${others.length === 1 ? (others[0] ?? '') : `${others.length} other hosts`}; put this site in a VirtualHost section too, and let the default host be "Hostname = 127.0.0.1" with a neutral page`,
          span: null,
        },
      ],
    });
  },
});

/** `localhost` belongs to the machine as an address does. */
function isAddress(name: string): boolean {
  return name === 'localhost' || readIp(name.replace(/^\[(.*)\]$/, '$1')) !== null;
}
