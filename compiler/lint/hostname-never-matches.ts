import { readIp } from '../../grammar/values/ip-address.ts';
import { ADDRESS_NAME } from '../../grammar/values/value-errors.ts';
import { nameFactsOf } from './name-index.ts';
import { defineRule } from './rule.ts';

/** What is wrong with a name, what to do, and what to write where that is known. */
interface Problem {
  readonly message: string;
  readonly advice: string;
  readonly replacement?: string;
}

/** The names that Hiawatha accepts; one with a slash is refused while values are read. */
export const HOSTNAME_NEVER_MATCHES = defineRule({
  ...ADDRESS_NAME,
  check(config, report) {
    if (nameFactsOf(config).arePlain) return;
    for (const host of config.hosts) {
      for (const { value: name, span } of host.settings.hostnames.value) {
        const problem = inspect(name);
        if (problem === null) continue;
        report({
          severity: 'warning',
          message: problem.message,
          span,
          notes: [{ message: problem.advice, span: null }],
          fix:
            problem.replacement === undefined
              ? null
              : {
                  title: `write "${problem.replacement}"`,
                  safe: false,
                  edits: [{ span, text: problem.replacement }],
                },
        });
      }
    }
  },
});

/** Nearly all names: several labels of letters, digits and hyphens, maybe behind a wildcard. */
const ORDINARY = /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

function inspect(name: string): Problem | null {
  if (ORDINARY.test(name)) return null;
  // A star that is no wildcard is another rule's.
  if (name.replace(/^\*\.(?=.)/, '').includes('*')) return null;
  if (/[ \t]/.test(name)) {
    const replacement = name.split(/[ \t]+/).join(', ');
    return {
      message: `"${name}" is one name with a blank in it, and never matches`,
      advice: 'names are separated by commas',
      replacement,
    };
  }
  if (readIp(name)?.family === 6) {
    return {
      message: `"${name}" never matches: browsers send an IPv6 address in brackets`,
      advice: `write "[${name}]"`,
      replacement: `[${name}]`,
    };
  }
  const withPort = /^(\[[^\]]*\]|[^:[\]]+):[0-9]*$/.exec(name)?.[1];
  if (withPort !== undefined) {
    return {
      message: `"${name}" never matches: the port of a request is cut off before names are compared`,
      advice: 'write the name without port; RequiredBinding limits a host to a port',
      replacement: withPort,
    };
  }
  if (name.endsWith('.')) {
    const replacement = name.replace(/\.+$/, '');
    return {
      message: `"${name}" never matches: a final dot is cut off requests, but not off names`,
      advice: 'write the name without the dot',
      ...(replacement === '' ? {} : { replacement }),
    };
  }
  if (name === 'monitor') {
    return {
      message: 'the name "monitor" is taken by the Monitor module where that is built in',
      advice: 'Hiawatha with the Monitor module refuses this file; choose another name',
    };
  }
  return inspectUnicode(name);
}

function inspectUnicode(name: string): Problem | null {
  if (/^[\x20-\x7e]*$/.test(name)) return null;
  const plain = name.replace(/^\*\./, '');
  const encoded = URL.canParse(`http://${plain}`) ? new URL(`http://${plain}`).hostname : null;
  const replacement =
    encoded === null || encoded === plain ? undefined : name.slice(0, -plain.length) + encoded;
  return {
    message: `"${name}" never matches: browsers send names in ASCII`,
    advice: replacement === undefined ? 'write the ASCII form' : `write "${replacement}"`,
    ...(replacement === undefined ? {} : { replacement }),
  };
}
