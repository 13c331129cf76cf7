/** What routing tells of its way, for those who want to see why a request is answered as it is. */
import type { AccessRule, Directory } from '../../routing-table/schema.ts';
import type { ByteString } from '../byte-string.ts';
import type { AccessDecision } from './check-access.ts';
import type { ScriptKind } from './site.ts';
import type { PathProblem } from './url-path.ts';

/** A step of routing, in the order they are taken. Indexes are those of the table. */
export type RoutingEvent =
  /** A setting of the host answers the request. */
  | {
      readonly kind: 'host-setting';
      readonly setting: 'requiredCa' | 'enforceFirstHostname' | 'requireTls' | 'webDavApp';
    }
  /** A rule of a toolkit was looked at. `groups` of the match, where there is one. */
  | {
      readonly kind: 'rule';
      readonly toolkit: number;
      readonly rule: number;
      readonly depth: number;
      readonly url: ByteString;
      readonly isMatch: boolean;
      readonly groups: readonly (ByteString | null)[];
    }
  | { readonly kind: 'rewritten'; readonly url: ByteString }
  | { readonly kind: 'url-refused'; readonly problem: PathProblem }
  | {
      readonly kind: 'mapped';
      readonly file: ByteString;
      readonly by: 'root' | 'alias' | 'script-alias' | 'user-site';
      /** Among the aliases of the host. */
      readonly index: number;
    }
  /** Directory records that fit, in order. */
  | { readonly kind: 'directories'; readonly fitting: readonly Directory[] }
  | {
      readonly kind: 'access';
      readonly list: 'accessList' | 'alterList';
      readonly rules: readonly AccessRule[];
      readonly decision: AccessDecision;
    }
  | {
      readonly kind: 'login';
      readonly outcome: 'granted' | 'wrong-group' | 'refused';
      readonly user: ByteString | null;
    }
  /** Which program answers an extension; null: none does. */
  | {
      readonly kind: 'program';
      readonly extension: string | null;
      readonly program: ScriptKind | null;
      readonly isChosenByRule: boolean;
    };

/** Is told each step when it is taken. */
export type RoutingObserver = (event: RoutingEvent) => void;
