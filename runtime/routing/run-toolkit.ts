/**
 * Carries out the rules of UrlToolkit sections (hiawatha(1) URL TOOLKIT): what they make of a URL, and whether they
 * answer the request themselves. Pure but for the questions to {@link ToolkitFacts}.
 */
import type { ToolkitRule, UrlToolkit } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import { byteStringOf } from '../byte-string.ts';
import { MAX_REWRITTEN_URL_BYTES, MAX_TOOLKIT_DEPTH, MAX_TOOLKIT_RULES } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import type { FileKind } from './file-system.ts';
import { matcherOf, type PatternMatch } from './pattern.ts';
import type { RoutingObserver } from './routing-observer.ts';
import { plainSpelling, splitTarget } from './url-path.ts';

type Condition = ToolkitRule['condition'];
type Action = ToolkitRule['action'];
type Rewrite = Extract<Action, { kind: 'rewrite' }>;

/** What rules ask of the world. */
export interface ToolkitFacts {
  /** Connections of clients at this moment, this one included. */
  readonly connections: number;
  /** BanlistMask protects the client: rules that ban it do nothing. */
  readonly isBanProof: boolean;
  /** What a URL is on disk, below the website root; null for a URL that would be refused. */
  look(url: ByteString): FileKind | null;
  /** Is told each rule that is looked at. */
  readonly observer?: RoutingObserver | undefined;
}

/** How the rules answer a request by themselves. */
export type ToolkitAnswer =
  | { readonly kind: 'redirect'; readonly status: number; readonly location: ByteString }
  | {
      readonly kind: 'error';
      readonly status: 403 | 404 | 500;
      /** For the error log; null where the system log says enough. */
      readonly message: string | null;
    };

/** What the rules made of a request. */
export interface ToolkitResult {
  /** Path and query, undecoded, as the rules left them. */
  readonly url: ByteString;
  /** null: the request goes on with `url`. */
  readonly answer: ToolkitAnswer | null;
  /** The FastCGI server that is to get the request, an index of the table; null where no rule chose one. */
  readonly fastCgiServer: number | null;
  /** For how long the client is banned, or null. */
  readonly banMs: number | null;
  /** OmitRequestLog. */
  readonly isUnlogged: boolean;
}

/** Where a pattern was found, and in which spelling of the URL. */
interface FoundPattern {
  readonly match: PatternMatch;
  readonly subject: ByteString;
}

/** `ended`: no further rule of any toolkit is looked at. */
type Flow = 'returned' | 'ended';

/**
 * Runs toolkits in their order, each on the URL that the one before left, until one ends it all.
 *
 * @param toolkits - Those of the table; rules name them by index.
 * @param used - UseToolkit of the host, as indexes.
 */
export function runToolkits(
  toolkits: readonly UrlToolkit[],
  used: readonly number[],
  request: RequestContext,
  facts: ToolkitFacts,
): ToolkitResult {
  const run = new ToolkitRun(toolkits, request, facts);
  for (const index of used) {
    const flow = run.run(index, 0);
    if (run.banMs !== null) run.refuse(403, null);
    if (flow === 'ended' || run.answer !== null) break;
  }
  return run;
}

class ToolkitRun implements ToolkitResult {
  url: ByteString;
  answer: ToolkitAnswer | null = null;
  fastCgiServer: number | null = null;
  banMs: number | null = null;
  isUnlogged = false;
  readonly #toolkits: readonly UrlToolkit[];
  readonly #request: RequestContext;
  readonly #facts: ToolkitFacts;
  #rulesLeft = MAX_TOOLKIT_RULES;
  /** The plain spelling of a URL, kept for the next rule. */
  #plain = { of: '', text: '' };

  constructor(toolkits: readonly UrlToolkit[], request: RequestContext, facts: ToolkitFacts) {
    this.#toolkits = toolkits;
    this.#request = request;
    this.#facts = facts;
    this.url = request.target;
  }

  refuse(status: 403 | 404 | 500, message: string | null): Flow {
    this.answer = { kind: 'error', status, message };
    return 'ended';
  }

  run(index: number, depth: number): Flow {
    const toolkit = this.#toolkits[index];
    if (toolkit === undefined) return this.refuse(500, `there is no URL toolkit ${index}`);
    if (depth > MAX_TOOLKIT_DEPTH) {
      return this.refuse(
        500,
        `URL toolkit ${toolkit.id}: more than ${MAX_TOOLKIT_DEPTH} calls deep`,
      );
    }
    let skipped = 0;
    let place = -1;
    for (const { condition, action } of toolkit.rules) {
      place += 1;
      if (skipped > 0) {
        skipped -= 1;
        continue;
      }
      this.#rulesLeft -= 1;
      if (this.#rulesLeft < 0) {
        return this.refuse(500, `URL toolkit ${toolkit.id}: more than ${MAX_TOOLKIT_RULES} rules`);
      }
      const found = this.#test(condition);
      const isMatch = found !== null && this.#isUsable(found, action);
      this.#facts.observer?.({
        kind: 'rule',
        toolkit: index,
        rule: place,
        depth,
        url: this.url,
        isMatch,
        groups: isMatch && found !== 'holds' ? found.match.groups : [],
      });
      if (!isMatch) continue;
      if (action.kind === 'skip') {
        skipped = action.rules;
        continue;
      }
      const flow = this.#act(action, condition, found, depth);
      if (flow !== 'next') return flow;
    }
    return 'returned';
  }

  /** null when a condition does not hold; else the match that `$0` to `$9` stand for, where there is one. */
  #test(condition: Condition): FoundPattern | 'holds' | null {
    switch (condition.kind) {
      case 'always':
        return 'holds';
      case 'header':
        return this.#testFields(condition) ? 'holds' : null;
      case 'match': {
        const match = this.#find(condition.pattern);
        if (condition.negated) return match === null ? 'holds' : null;
        return match;
      }
      case 'method':
        return (this.#request.method === condition.method) !== condition.negated ? 'holds' : null;
      case 'request-uri': {
        const kind = this.#facts.look(this.url);
        return URI_TESTS[condition.test](kind) ? 'holds' : null;
      }
      case 'total-connections':
        return this.#facts.connections >= condition.connections ? 'holds' : null;
      case 'use-tls':
        return this.#request.isSecure ? 'holds' : null;
    }
  }

  /**
   * Finds a pattern in the URL as it came, or else in its plain spelling.
   *
   * Differs from Hiawatha: there `/%61dmin` and `//admin` slip past a rule for `/admin`.
   */
  #find(pattern: Extract<Condition, { kind: 'match' }>['pattern']): FoundPattern | null {
    const matcher = matcherOf(pattern);
    const match = matcher.exec(this.url);
    if (match !== null) return { match, subject: this.url };
    if (this.#plain.of !== this.url) this.#plain = { of: this.url, text: plainSpelling(this.url) };
    const subject = this.#plain.text;
    const found = subject === this.url ? null : matcher.exec(subject);
    return found === null ? null : { match: found, subject };
  }

  /** A URL that could be read in two ways is refused like others, but never made into one that is read in one way. */
  #isUsable(found: FoundPattern | 'holds', action: Action): boolean {
    if (found === 'holds' || found.subject === this.url) return true;
    const isReplaced = action.kind === 'rewrite' || action.kind === 'redirect';
    return !(isReplaced && splitTarget(this.url).isMalformed);
  }

  /** A field that is not there does not match. Of any field (`*`), one is enough, matching or not matching. */
  #testFields({ name, pattern, negated }: Extract<Condition, { kind: 'header' }>): boolean {
    const matcher = matcherOf(pattern);
    const { fields } = this.#request;
    if (name === null) return fields.some(([, value]) => matcher.test(value) !== negated);
    return (
      fields.some(([other, value]) => other.toLowerCase() === name && matcher.test(value)) !==
      negated
    );
  }

  #act(
    action: Exclude<Action, { kind: 'skip' }>,
    condition: Condition,
    found: FoundPattern | 'holds',
    depth: number,
  ): Flow | 'next' {
    switch (action.kind) {
      case 'ban':
        if (action.ms > 0 && !this.#facts.isBanProof) this.banMs = action.ms;
        return 'next';
      case 'call':
        return this.run(action.toolkit, depth + 1) === 'ended' ? 'ended' : 'next';
      case 'goto':
        this.run(action.toolkit, depth + 1);
        return 'ended';
      case 'deny-access':
        return this.refuse(403, 'access denied via URL toolkit rule');
      case 'not-found':
        return this.refuse(404, 'not found faked via URL toolkit rule');
      case 'exit':
        return 'ended';
      case 'return':
        return 'returned';
      case 'omit-request-log':
        this.isUnlogged = true;
        return 'next';
      case 'redirect':
        this.answer = {
          kind: 'redirect',
          status: action.status,
          location: replaced(found, byteStringOf(action.location)),
        };
        return 'ended';
      case 'rewrite':
        return this.#rewrite(action, condition, found);
      case 'use':
        this.url = byteStringOf(action.url);
        this.#facts.observer?.({ kind: 'rewritten', url: this.url });
        return 'ended';
      case 'use-fastcgi':
        this.fastCgiServer = action.fastCgiServer;
        return 'ended';
    }
  }

  #rewrite(
    { replacement, count, then }: Rewrite,
    condition: Condition,
    found: FoundPattern | 'holds',
  ): Flow | 'next' {
    const text = byteStringOf(replacement);
    let match: FoundPattern | 'holds' | null = found;
    for (let round = 0; round < count && match !== null; round += 1) {
      this.url = replaced(match, text);
      if (this.url.length > MAX_REWRITTEN_URL_BYTES) {
        return this.refuse(500, `a rewritten URL has more than ${MAX_REWRITTEN_URL_BYTES} bytes`);
      }
      match =
        match === 'holds' || condition.kind !== 'match' ? null : this.#find(condition.pattern);
    }
    this.#facts.observer?.({ kind: 'rewritten', url: this.url });
    switch (then) {
      case 'stop':
        return 'ended';
      case 'return':
        return 'returned';
      case 'continue':
        return 'next';
    }
  }
}

const URI_TESTS: Readonly<
  Record<Extract<Condition, { kind: 'request-uri' }>['test'], (kind: FileKind | null) => boolean>
> = {
  exists: (kind) => kind === 'file' || kind === 'directory',
  isfile: (kind) => kind === 'file',
  isdir: (kind) => kind === 'directory',
  notfound: (kind) => kind === 'missing',
};

/** Puts a text in the place of what was matched; without a match, in the place of everything and as it is. */
function replaced(found: FoundPattern | 'holds', text: ByteString): ByteString {
  if (found === 'holds') return text;
  const { subject, match } = found;
  const { groups, index } = match;
  const inserted = text.replace(/\$([0-9])/g, (_, digit: string) => groups[Number(digit)] ?? '');
  return subject.slice(0, index) + inserted + subject.slice(index + (groups[0] ?? '').length);
}
