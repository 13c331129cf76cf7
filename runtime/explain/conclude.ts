/** What a target makes of a request: the answer, or what a program is given. */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { bytesOf, type ByteString } from '../byte-string.ts';
import { whyFieldIsDropped } from '../cgi/environment.ts';
import { scriptVariables } from '../cgi/script-variables.ts';
import { cgiWrapperOf, wrappedCall } from '../cgi/wrapper.ts';
import type { Variables } from '../gateway/messages.ts';
import { etagOfCompressed } from '../handlers/compression.ts';
import { challengesOf } from '../handlers/error.ts';
import { expiryFields, representationOf } from '../handlers/representation.ts';
import { etagOf, judgeConditions, wantedRanges } from '../http/conditions.ts';
import type { RequestContext } from '../request-context.ts';
import type { CgiWrap, ErrorTarget, RequestTarget } from '../routing/request-target.ts';
import { failure, unreachable } from '../routing/error-target.ts';
import type { RequestFindings } from '../routing/server-rules.ts';
import type { Verdict } from './explanation.ts';
import type { Surroundings } from './surroundings.ts';
import { readable } from './readable.ts';
import type { Trace } from './trace.ts';

type CgiTarget = Extract<RequestTarget, { kind: 'cgi' }>;

/** Makes the verdict. */
export class Concluder {
  readonly #table: RoutingTable;
  readonly #request: RequestContext;
  readonly #findings: RequestFindings;
  readonly #nowMs: number;
  readonly #surroundings: Surroundings;
  readonly #trace: Trace;

  constructor(
    table: RoutingTable,
    request: RequestContext,
    findings: RequestFindings,
    nowMs: number,
    surroundings: Surroundings,
    trace: Trace,
  ) {
    this.#table = table;
    this.#request = request;
    this.#findings = findings;
    this.#nowMs = nowMs;
    this.#surroundings = surroundings;
    this.#trace = trace;
  }

  conclude(target: RequestTarget): Verdict {
    switch (target.kind) {
      case 'static-file':
        return this.#concludeFile(target);
      case 'directory-index':
        return this.#verdict(target, 200, indexFields(target.format), {
          file: readable(target.directory),
        });
      case 'transformed-xml':
        return this.#verdict(target, 200, [], { file: readable(target.script.scriptFilename) });
      case 'fastcgi':
      case 'cgi':
        return this.#concludeScript(target);
      case 'alter':
        return this.#verdict(target, null, [], { file: readable(target.path) });
      case 'trace':
        return this.#verdict(target, 200, ['Content-Type', 'message/http']);
      case 'redirect':
        return this.#verdict(
          target,
          target.status,
          ['Location', target.location, 'Content-Type', 'text/html'],
          { location: readable(target.location) },
        );
      case 'error': {
        const fields = [
          ...challengesOf(target).flatMap((challenge) => ['WWW-Authenticate', challenge]),
          'Content-Type',
          'text/html',
          ...(target.allow === null ? [] : ['Allow', target.allow.join(', ')]),
        ];
        const reason = reasonOf(target);
        return this.#verdict(target, target.status, fields, { reason });
      }
    }
  }

  #concludeFile(target: Extract<RequestTarget, { kind: 'static-file' }>): Verdict {
    const { site, settings, path, linkRoot, errorStatus } = target;
    const { files, isSupposed } = this.#surroundings;
    if (!settings.followSymlinks && !files.isWithin(path, linkRoot)) {
      return this.conclude(failure(site, 403, 'symlink not allowed', path));
    }
    if (!files.isReadable(path)) {
      return this.conclude(unreachable(site, path));
    }
    const { server } = this.#table;
    const { fields, coding, stored, isDivisible } = representationOf(this.#request, target, {
      mimeTypes: new Map(server.mimeTypes.map(({ extension, type }) => [extension, type])),
      gzipExtensions: new Set(server.gzipExtensions),
      compression: server.compression,
      files,
    });
    if (stored !== null) {
      const text = `${readable(stored.path)} is sent: it is the file compressed, and not older`;
      this.#trace.say('handler', text, null);
    }
    const file = { file: readable(path) };
    if (errorStatus !== null) return this.#verdict(target, errorStatus, fields, file);
    const expiry = expiryFields(target, this.#nowMs);
    if (isSupposed) return this.#verdict(target, 200, [...fields, ...expiry], file);
    const { size, modifiedMs } = stored?.facts ?? files.look(path);
    const etag = etagOf(size, modifiedMs);
    const validators = {
      etag: coding === null ? etag : etagOfCompressed(etag, coding),
      modifiedMs,
    };
    switch (judgeConditions(this.#request, validators)) {
      case 'not-modified':
        return this.#verdict(target, 304, fields, file);
      case 'failed':
        return this.#verdict(target, 412, fields, file);
      case 'send':
    }
    const ranges = wantedRanges(this.#request, size, validators);
    if (ranges === 'unsatisfiable') {
      return this.#verdict(target, 416, ['Content-Type', 'text/html'], file);
    }
    if (ranges !== null && (ranges.length === 1 || isDivisible)) {
      return this.#verdict(target, 206, fields, file);
    }
    return this.#verdict(target, 200, [...fields, ...expiry], file);
  }

  #concludeScript(target: Extract<RequestTarget, { kind: 'fastcgi' | 'cgi' }>): Verdict {
    const request = this.#request;
    const { server } = this.#table;
    const { login, site } = this.#findings;
    const isBodyIgnored = request.method === 'GET' || request.method === 'HEAD';
    const bodyBytes = isBodyIgnored || request.body.kind !== 'length' ? 0 : request.body.bytes;
    const dropped = new Set<string>();
    const variables = [
      ...scriptVariables({
        request,
        site,
        target,
        login,
        bodyBytes,
        server,
        onFieldDropped: (name) => dropped.add(name),
        realPath: this.#surroundings.realPath,
      }),
    ];
    for (const name of dropped) {
      const text = `the field ${readable(name)} is not passed to it: ${whyFieldIsDropped(name)}`;
      this.#trace.say('handler', text, null);
    }
    const { script } = target;
    let interpreter: string | null = null;
    if (target.kind === 'fastcgi') {
      const place = this.#table.fastCgiServers.indexOf(target.server);
      this.#trace.say(
        'member',
        target.server.clientGone === 'finish'
          ? `${describeMembers(target.server)}; ${GOES_ON}`
          : describeMembers(target.server),
        `/fastCgiServers/${place}/connectTo`,
      );
    } else {
      interpreter = target.interpreter === null ? null : readable(target.interpreter);
      if (target.wrap !== null) {
        variables.push(...this.#concludeWrap(target, target.wrap));
      }
      if (server.cgi.clientGone === 'finish') this.#trace.say('handler', GOES_ON, null);
    }
    return this.#verdict(target, target.errorStatus, [], {
      file: readable(script.scriptFilename),
      pathInfo: script.pathInfo === null ? null : readable(script.pathInfo),
      fastCgiServer: target.kind === 'fastcgi' ? target.server.id : null,
      interpreter,
      variables: variables.map(([name, value]) => [readable(name), readable(value)]),
    });
  }

  /** Says who starts a program as another user. @returns what a wrapper is told among the variables. */
  #concludeWrap({ site, interpreter, script, timeoutMs }: CgiTarget, wrap: CgiWrap): Variables {
    const wrapper = cgiWrapperOf(this.#table.server, null);
    const isThere = this.#surroundings.isSetuidRoot(bytesOf(wrapper.program).toString());
    const name = readable(wrapper.program);
    const who = readable(wrap.id);
    const ofRoot = 'the process that stays root when root has started the server';
    const text =
      isThere === null
        ? `started as ${who} by ${name}, or, where there is no such setuid wrapper, by ${ofRoot}`
        : isThere
          ? `started by ${name} as ${who}`
          : `started as ${who} by ${ofRoot}, because ${name} is no setuid wrapper`;
    this.#trace.say('handler', text, `/hosts/${site.position}/wrapCgi`);
    if (isThere !== true) return [];
    const file = script.scriptFilename;
    return wrappedCall(wrapper, wrap, { interpreter, file, timeoutMs }).variables;
  }

  /** @param fields - Those of this answer, names and values in turn. */
  #verdict(
    { kind, site }: RequestTarget,
    status: number | null,
    fields: readonly ByteString[],
    rest: Partial<Verdict> = {},
  ): Verdict {
    const { isTls } = this.#request;
    const all = [
      ...(isTls ? site.commonTlsFields : site.commonFields),
      ...(isTls && site.host.randomHeaderBytes !== null ? ['X-Random', '(random text)'] : []),
      ...fields,
    ];
    return {
      handler: kind,
      status,
      reason: null,
      host: readable(site.firstHostname),
      file: null,
      pathInfo: null,
      location: null,
      fastCgiServer: null,
      interpreter: null,
      variables: [],
      headers: pairsOf(all),
      ...rest,
    };
  }
}

/** Of a script with clientGone in hiawatha-ts.json. */
const GOES_ON = 'what it has begun it does to its end, though the client be gone';

/** Of a list that a style sheet makes, the sheet says what it is. */
function indexFields(format: 'html' | 'xml' | 'xslt'): readonly string[] {
  return format === 'xslt' ? [] : ['Content-Type', `text/${format}`];
}

/** What the error log has, or null. */
function reasonOf({ logFile, logMessage }: ErrorTarget): string | null {
  if (logMessage === null) return null;
  return readable(logFile === null ? logMessage : `${logFile}: ${logMessage}`);
}

function pairsOf(flat: readonly ByteString[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    pairs.push([readable(flat[at] ?? ''), readable(flat[at + 1] ?? '')]);
  }
  return pairs;
}

function describeMembers(server: RoutingTable['fastCgiServers'][number]): string {
  const names = server.connectTo.map((end) =>
    end.kind === 'unix'
      ? end.path
      : end.host.includes(':')
        ? `[${end.host}]:${end.port}`
        : `${end.host}:${end.port}`,
  );
  if (names.length === 1) return names.join();
  const by = server.sticky.by === 'address' ? 'its address' : `the cookie ${server.sticky.name}`;
  const stay =
    server.sessionTimeoutMs === 0
      ? ''
      : `; a client stays with its own for ${server.sessionTimeoutMs / 1000} seconds, known by ${by}`;
  const drained = server.drainedMembers.map((index) => names[index] ?? '').join(', ');
  const without = drained === '' ? '' : `; no new clients for ${drained}`;
  return `one of ${names.join(', ')}, in turn from the last${stay}${without}`;
}
