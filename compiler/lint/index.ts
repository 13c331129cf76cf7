/** Rules that need the whole checked configuration. */
import { diagnose, type Diagnostic } from '../../grammar/diagnostic.ts';
import type { CheckedConfig } from '../check/model.ts';
import { ALTER_HALF_CONFIGURED } from './alter-half-configured.ts';
import { AMBIGUOUS_TOOLKIT } from './ambiguous-toolkit.ts';
import { BACKEND_NAME } from './backend-name.ts';
import { BAN_HITS_PROXY } from './ban-hits-proxy.ts';
import { BLANKET_PREVENTION } from './blanket-prevention.ts';
import { CALL_NEVER_RETURNS } from './call-never-returns.ts';
import { CERTIFICATE_WITHOUT_TLS } from './certificate-without-tls.ts';
import { CERTIFICATE_FILES } from './certificate.ts';
import { CGI_NEVER_ON } from './cgi-never-on.ts';
import { CGI_PROGRAM } from './cgi-program.ts';
import { CGI_SWITCH_CONFLICT } from './cgi-switch-conflict.ts';
import { CLIENT_CA_WITHOUT_CERTIFICATE } from './client-ca-without-certificate.ts';
import { COVERED_ACCESS_RULE } from './covered-access-rule.ts';
import { DEFAULT_HOST_NAME } from './default-host-name.ts';
import { DIRECTORY_LISTS_MERGED } from './directory-lists-merged.ts';
import { DUPLICATE_HANDLER } from './duplicate-handler.ts';
import { DUPLICATE_HOSTNAME } from './duplicate-hostname.ts';
import { ENCODED_URL_SLIPS_PAST } from './encoded-url-slips-past.ts';
import { EXPOSED_FILE } from './exposed-file.ts';
import { FASTCGI_ANSWER } from './fastcgi-answer.ts';
import { FASTCGI_TAKES_EVERYTHING } from './fastcgi-takes-everything.ts';
import { FEW_CONNECTIONS } from './few-connections.ts';
import { HOSTNAME_NEVER_MATCHES } from './hostname-never-matches.ts';
import { HSTS } from './hsts.ts';
import { IPV4_ONLY_LIST } from './ipv4-only-list.ts';
import { LOGIN_WITHOUT_FILE } from './login-without-file.ts';
import { LISTED_SCRIPTS } from './listed-scripts.ts';
import { MISSING_DIRECTORY } from './missing-directory.ts';
import { MIXED_BACKENDS } from './mixed-backends.ts';
import { MOVED_PID_FILE } from './moved-pid-file.ts';
import { ONE_CLIENT_TAKES_ALL } from './one-client-takes-all.ts';
import { PATH_INFO_WITHOUT_CGI } from './path-info-without-cgi.ts';
import { PLAIN_LOGIN } from './plain-login.ts';
import { PROXY_TRUST_TOO_WIDE } from './proxy-trust-too-wide.ts';
import { REQUEST_TIME_TOO_SHORT } from './request-time-too-short.ts';
import { REQUIRE_TLS_WITHOUT_TLS } from './require-tls-without-tls.ts';
import { SCRIPT_WITHOUT_HANDLER } from './script-without-handler.ts';
import { SERVER_ID_NUMBER } from './server-id-number.ts';
import { SESSION_TIMEOUT } from './session-timeout.ts';
import { SHADOWED_EXTENSION } from './shadowed-extension.ts';
import { SHADOWED_HOST } from './shadowed-host.ts';
import { SHARED_LOG } from './shared-log.ts';
import { SHARED_WORK_DIRECTORY } from './shared-work-directory.ts';
import { SKIP_PAST_END } from './skip-past-end.ts';
import { SOCKET_PROBLEM } from './socket-problem.ts';
import { START_FILE_NEEDS_CGI } from './start-file-needs-cgi.ts';
import { STICKY_BEHIND_PROXY } from './sticky-behind-proxy.ts';
import { TLS_SETTING_WITHOUT_TLS } from './tls-setting-without-tls.ts';
import { TOOLKIT_LOOP } from './toolkit-loop.ts';
import { TUNNEL_IN_USE } from './tunnel-in-use.ts';
import { UNKNOWN_WRAP_ID } from './unknown-wrap-id.ts';
import { UNREACHABLE_RULE } from './unreachable-rule.ts';
import { USELESS_FASTCGI_SERVER } from './useless-fastcgi-server.ts';
import { USER_SITE_LINKS } from './user-site-links.ts';
import { WEBSITE_ROOT_TOO_WIDE } from './website-root-too-wide.ts';
import { WEBSOCKET_PATH } from './websocket-path.ts';
import { WILDCARD_FIRST } from './wildcard-first.ts';
import { WILDCARD_FORM } from './wildcard-form.ts';
import { WRITABLE_CGI } from './writable-cgi.ts';
import { WRITABLE_SETTINGS } from './writable-settings.ts';
import { type Environment, NOTHING_KNOWN } from './environment.ts';
import type { LintRule } from './rule.ts';

/** Every rule, by code. */
export const LINT_RULES: readonly LintRule[] = [
  UNKNOWN_WRAP_ID,
  DUPLICATE_HOSTNAME,
  SHADOWED_HOST,
  WILDCARD_FIRST,
  WILDCARD_FORM,
  HOSTNAME_NEVER_MATCHES,
  DEFAULT_HOST_NAME,
  SHARED_LOG,
  MISSING_DIRECTORY,
  REQUIRE_TLS_WITHOUT_TLS,
  CERTIFICATE_WITHOUT_TLS,
  CLIENT_CA_WITHOUT_CERTIFICATE,
  CERTIFICATE_FILES,
  TLS_SETTING_WITHOUT_TLS,
  CGI_SWITCH_CONFLICT,
  SHADOWED_EXTENSION,
  DUPLICATE_HANDLER,
  CGI_PROGRAM,
  FASTCGI_TAKES_EVERYTHING,
  SOCKET_PROBLEM,
  SESSION_TIMEOUT,
  REQUEST_TIME_TOO_SHORT,
  WRITABLE_CGI,
  PATH_INFO_WITHOUT_CGI,
  CGI_NEVER_ON,
  USELESS_FASTCGI_SERVER,
  START_FILE_NEEDS_CGI,
  SCRIPT_WITHOUT_HANDLER,
  STICKY_BEHIND_PROXY,
  FASTCGI_ANSWER,
  MIXED_BACKENDS,
  TOOLKIT_LOOP,
  SKIP_PAST_END,
  UNREACHABLE_RULE,
  CALL_NEVER_RETURNS,
  AMBIGUOUS_TOOLKIT,
  ENCODED_URL_SLIPS_PAST,
  TUNNEL_IN_USE,
  COVERED_ACCESS_RULE,
  LOGIN_WITHOUT_FILE,
  DIRECTORY_LISTS_MERGED,
  ALTER_HALF_CONFIGURED,
  WRITABLE_SETTINGS,
  BLANKET_PREVENTION,
  BAN_HITS_PROXY,
  HSTS,
  IPV4_ONLY_LIST,
  WEBSOCKET_PATH,
  BACKEND_NAME,
  SHARED_WORK_DIRECTORY,
  MOVED_PID_FILE,
  SERVER_ID_NUMBER,
  EXPOSED_FILE,
  WEBSITE_ROOT_TOO_WIDE,
  PROXY_TRUST_TOO_WIDE,
  FEW_CONNECTIONS,
  ONE_CLIENT_TAKES_ALL,
  USER_SITE_LINKS,
  PLAIN_LOGIN,
  LISTED_SCRIPTS,
];

/** What the rules are told beside the configuration. */
export interface LintOptions {
  /** What somebody found out about the machine; by default nothing. */
  readonly environment?: Environment;
  /** True when lines of the configuration could not be read. */
  readonly hasLostLines?: boolean;
}

/** Runs every rule. The order of the result is that of the rules. */
export function lint(
  config: CheckedConfig,
  { environment = NOTHING_KNOWN, hasLostLines = false }: LintOptions,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const rule of LINT_RULES) {
    if (hasLostLines && rule.needsEveryLine === true) continue;
    if (rule.onlyWith?.some((name) => config.written.has(name)) === false) continue;
    rule.check(config, (details) => found.push(diagnose(rule, details)), environment);
  }
  return found;
}
