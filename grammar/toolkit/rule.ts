/** Rules of a UrlToolkit section as typed values, and what may be combined (hiawatha(1) URL TOOLKIT). */
import type { CompiledRegex } from '../values/posix-regex.ts';
import type { Spanned } from '../values/spanned.ts';

/** One line of a UrlToolkit section. */
export interface ToolkitRule {
  readonly condition: ToolkitCondition;
  readonly action: Spanned<ToolkitAction>;
}

/** When a rule applies. */
export type ToolkitCondition =
  | { readonly kind: 'always' }
  /** `name` in lower case; null: any field. */
  | {
      readonly kind: 'header';
      readonly name: string | null;
      readonly regex: CompiledRegex;
      readonly negated: boolean;
    }
  | { readonly kind: 'match'; readonly regex: CompiledRegex; readonly negated: boolean }
  | { readonly kind: 'method'; readonly method: string; readonly negated: boolean }
  | { readonly kind: 'request-uri'; readonly test: RequestUriTest }
  | { readonly kind: 'total-connections'; readonly connections: number }
  | { readonly kind: 'use-tls' };

/** What `RequestURI` can be tested for. */
export const REQUEST_URI_TESTS = ['exists', 'isfile', 'isdir', 'notfound'] as const;
/** One of {@link REQUEST_URI_TESTS}. */
export type RequestUriTest = (typeof REQUEST_URI_TESTS)[number];

/** What a rule does. Ids are as written; whether they exist is for the checker. */
export type ToolkitAction =
  | { readonly kind: 'ban'; readonly ms: number }
  | { readonly kind: 'call' | 'goto'; readonly toolkit: Spanned<string> }
  | { readonly kind: 'deny-access' | 'exit' | 'not-found' | 'omit-request-log' | 'return' }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | {
      readonly kind: 'rewrite';
      readonly replacement: string;
      readonly count: number;
      readonly then: 'stop' | 'continue' | 'return';
    }
  | { readonly kind: 'skip'; readonly rules: number }
  | { readonly kind: 'use'; readonly url: string }
  | { readonly kind: 'use-fastcgi'; readonly server: Spanned<string> };

/** What a rule does, by name. */
export type ActionKind = ToolkitAction['kind'];
/** What a rule tests, by name. */
export type ConditionKind = ToolkitCondition['kind'];

/** Hiawatha's spelling of the actions; compare without case. */
export const ACTION_NAMES = {
  ban: 'Ban',
  call: 'Call',
  'deny-access': 'DenyAccess',
  exit: 'Exit',
  goto: 'Goto',
  'not-found': 'NotFound',
  'omit-request-log': 'OmitRequestLog',
  redirect: 'Redirect',
  return: 'Return',
  rewrite: 'Rewrite',
  skip: 'Skip',
  use: 'Use',
  'use-fastcgi': 'UseFastCGI',
} as const satisfies Record<ActionKind, string>;

/**
 * How an action goes with a condition. `broken`: accepted, but the argument of the action takes the place of that of the
 * condition, so the rule never fires. `unsafe`: accepted, but Hiawatha reads memory it never filled.
 */
export type Combination = 'allowed' | 'broken' | 'unsafe';

const allowed = 'allowed';

/** What may be combined (toolkit.c: toolkit_setting, the table in the manual where that is silent). */
export const COMBINATIONS: Readonly<
  Record<ConditionKind, Readonly<Partial<Record<ActionKind, Combination>>>>
> = {
  always: {
    ban: allowed,
    call: allowed,
    'deny-access': allowed,
    exit: allowed,
    goto: allowed,
    'not-found': allowed,
    'omit-request-log': allowed,
    return: allowed,
    skip: allowed,
    use: allowed,
  },
  header: {
    ban: allowed,
    call: allowed,
    'deny-access': allowed,
    exit: allowed,
    goto: allowed,
    'not-found': allowed,
    'omit-request-log': allowed,
    return: allowed,
    skip: allowed,
    use: allowed,
  },
  match: {
    ban: allowed,
    call: allowed,
    'deny-access': allowed,
    exit: allowed,
    goto: allowed,
    'not-found': allowed,
    redirect: allowed,
    return: allowed,
    rewrite: allowed,
    skip: allowed,
    'use-fastcgi': allowed,
  },
  method: {
    call: 'broken',
    'deny-access': allowed,
    exit: allowed,
    goto: 'broken',
    'not-found': allowed,
    return: allowed,
    skip: allowed,
    use: 'broken',
  },
  'request-uri': { call: allowed, exit: allowed, return: allowed, skip: allowed },
  'total-connections': {
    call: allowed,
    goto: allowed,
    'omit-request-log': allowed,
    redirect: 'unsafe',
    skip: allowed,
  },
  'use-tls': { call: allowed, exit: allowed, goto: allowed, return: allowed, skip: allowed },
};
