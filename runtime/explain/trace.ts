/** Writes down, in words, what routing says of its steps. */
import type { Directory, RoutingTable } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import type { RequestContext } from '../request-context.ts';
import type { FileSystem } from '../routing/file-system.ts';
import { firstFittingAction } from '../routing/ip-address.ts';
import type { RoutingEvent } from '../routing/routing-observer.ts';
import type { Site } from '../routing/site.ts';
import { placeOf } from '../written-at.ts';
import { describeRule } from './describe-rule.ts';
import type { Stage, Step } from './explanation.ts';
import type { Surroundings } from './surroundings.ts';
import { readable } from './readable.ts';

/** Collects steps. */
export class Trace {
  readonly steps: Step[] = [];
  readonly files: FileSystem;
  readonly #table: RoutingTable;
  #fitting: readonly Directory[] = [];

  constructor(table: RoutingTable, { files, isSupposed }: Surroundings) {
    this.#table = table;
    const seen = new Set<ByteString>();
    this.files = {
      look: (path) => {
        const facts = files.look(path);
        if (!seen.has(path)) {
          seen.add(path);
          const what = `${readable(path)}: ${KINDS[facts.kind]}`;
          this.say('disk', isSupposed ? `${what} (supposed)` : what, null);
        }
        return facts;
      },
      lookForFile: (path) => files.lookForFile(path),
      isReadable: (path) => files.isReadable(path),
      isExecutable: (path) => files.isExecutable(path),
      isWithin: (path, root) => files.isWithin(path, root),
    };
  }

  /** @param pointer - JSON pointer of what decides. */
  say(stage: Stage, text: string, pointer: string | null): void {
    const place = pointer === null ? null : placeOf(this.#table, pointer);
    this.steps.push({ stage, text, place });
  }

  tell(event: RoutingEvent, request: RequestContext, site: Site): void {
    const table = this.#table;
    const host = `/hosts/${site.position}`;
    switch (event.kind) {
      case 'host-setting': {
        const text =
          event.setting === 'webDavApp'
            ? `${request.method} is not offered here`
            : SETTINGS[event.setting];
        this.say('setting', text, `${host}/${event.setting}`);
        break;
      }
      case 'rule': {
        const toolkit = table.toolkits[event.toolkit];
        const rule = toolkit?.rules[event.rule];
        if (toolkit === undefined || rule === undefined) break;
        const groups = event.groups
          .map((group, at) => ({ at, group }))
          .filter(({ group }) => group !== null && group !== '')
          .map(({ at, group }) => `$${at}=${readable(group ?? '')}`);
        const captures = groups.length === 0 ? '' : ` ${groups.join(' ')}`;
        const outcome = event.isMatch ? `applies${captures}` : 'does not apply';
        const indent = '  '.repeat(event.depth);
        this.say(
          'toolkit',
          `${indent}${toolkit.id}: ${describeRule(rule, table)} -- ${outcome}`,
          `/toolkits/${event.toolkit}/rules/${event.rule}`,
        );
        break;
      }
      case 'rewritten':
        this.say('toolkit', `the URL is now ${readable(event.url)}`, null);
        break;
      case 'url-refused':
        this.say('url', PROBLEMS[event.problem], null);
        break;
      case 'mapped': {
        const [text, key] = MAPPINGS[event.by];
        this.say('path', `${readable(event.file)} (${text})`, `${host}/${key}`);
        break;
      }
      case 'directories':
        this.#fitting = event.fitting;
        for (const directory of event.fitting) {
          const name = directory.id ?? '';
          const text = `${name} applies: ${directory.paths.join(', ')}`;
          this.say(
            'directory',
            text.trim(),
            `/directories/${table.directories.indexOf(directory)}`,
          );
        }
        break;
      case 'access': {
        const { list, rules, decision } = event;
        if (rules.length === 0 && decision === 'granted') break;
        const fitting = rules.find(
          (rule) => firstFittingAction([rule], request.remoteAddress) !== null,
        );
        const why =
          fitting === undefined
            ? `no rule fits ${request.remoteAddress}`
            : `${fitting.action} ${networkText(fitting)} fits ${request.remoteAddress}`;
        const title = list === 'accessList' ? 'AccessList' : 'AlterList';
        const text =
          rules.length === 0 ? DECISIONS[decision] : `${title}: ${why}; ${DECISIONS[decision]}`;
        this.say('access', text, this.#pointerOf(rules.length === 0 ? 'passwordFile' : list, host));
        break;
      }
      case 'login': {
        const who = event.user === null ? '' : `${readable(event.user)} `;
        this.say('login', `${who}${LOGINS[event.outcome]}`, this.#pointerOf('passwordFile', host));
        break;
      }
      case 'program':
        this.#tellProgram(event);
    }
  }

  /** The setting of the last Directory record that has it, else that of the host. */
  #pointerOf(key: 'accessList' | 'alterList' | 'passwordFile', host: string): string {
    const directory = this.#fitting.findLast((one) => one[key] !== null);
    return directory === undefined
      ? `${host}/${key}`
      : `/directories/${this.#table.directories.indexOf(directory)}/${key}`;
  }

  #tellProgram({
    extension,
    program,
    isChosenByRule,
  }: Extract<RoutingEvent, { kind: 'program' }>): void {
    const what = extension === null ? 'a file without extension' : `.${readable(extension)}`;
    if (program === null) {
      this.say('handler', `${what} is answered by no program: the file itself`, null);
    } else if (program.kind === 'cgi') {
      const by =
        program.interpreter === null ? 'a CGI program' : `run by ${readable(program.interpreter)}`;
      const key = program.interpreter === null ? 'cgiExtensions' : 'cgiHandlers';
      this.say('handler', `${what} is ${by}`, `/server/${key}`);
    } else {
      const place = this.#table.fastCgiServers.indexOf(program.server);
      const text = isChosenByRule
        ? `FastCGI server ${program.server.id}, chosen by a rule`
        : `${what} goes to FastCGI server ${program.server.id}`;
      this.say('handler', text, `/fastCgiServers/${place}`);
    }
  }
}

function networkText({
  network,
}: {
  readonly network: { address: string; prefixLength: number } | null;
}): string {
  return network === null ? 'all' : `${network.address}/${network.prefixLength}`;
}

const KINDS = {
  file: 'a file',
  directory: 'a directory',
  other: 'neither file nor directory',
  missing: 'nothing there',
  'not-directory': 'a part of the path is a file',
  forbidden: 'may not be looked at',
  error: 'cannot be looked at',
} as const;

const SETTINGS = {
  requiredCa: 'RequiredCA: the client has shown no certificate of the authority',
  enforceFirstHostname: 'EnforceFirstHostname: sent to the first name',
  requireTls: 'RequireTLS: sent to https',
} as const;

const PROBLEMS = {
  nul: 'refused: it has a NUL byte',
  control: 'refused: it has a control character',
  hidden: 'refused: it leads to a hidden file (AllowDotFiles)',
  'query-control': 'refused: its query has a control character (SecureURL)',
  relative: 'refused: a rule has left no slash at its begin',
} as const;

const MAPPINGS = {
  root: ['WebsiteRoot', 'websiteRoot'],
  alias: ['Alias', 'aliases'],
  'script-alias': ['ScriptAlias', 'scriptAliases'],
  'user-site': ['UserWebsites', 'userWebsites'],
} as const;

const DECISIONS = {
  granted: 'access is granted',
  denied: 'access is denied',
  login: 'a login is asked for',
} as const;

const LOGINS = {
  granted: 'is logged in',
  'wrong-group': 'is in none of the groups',
  refused: 'nobody is logged in',
} as const;
