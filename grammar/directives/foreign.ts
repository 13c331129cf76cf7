/** Names that people bring along from other servers, and what does the same here. */
import { ACTION_NAMES } from '../toolkit/rule.ts';

/** By name in lower case: what to write here, completing "here it is …". */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  // Apache
  ['addhandler', '"CGIhandler = <program>:<extension>"'],
  ['addtype', 'a line of the mimetype file (MimetypeConfig)'],
  ['allowoverride', '"UseLocalConfig = yes", for .hiawatha files'],
  ['authname', 'LoginMessage'],
  ['authuserfile', '"PasswordFile = basic:<file>"'],
  ['customlog', 'AccessLogfile'],
  ['directoryindex', 'StartFile, with one name'],
  ['documentroot', 'WebsiteRoot'],
  ['errordocument', '"ErrorHandler = <code>:<URL path>"'],
  ['errorlog', 'ErrorLogfile'],
  ['keepalive', 'MaxKeepAlive in a Binding section'],
  ['limitrequestbody', 'MaxRequestSize in a Binding section'],
  ['maxclients', 'ConnectionsTotal'],
  ['maxrequestworkers', 'ConnectionsTotal'],
  ['proxypass', '"ReverseProxy <expression> <URL>"'],
  ['redirect', '"Match <expression> Redirect <URL>" in a UrlToolkit section'],
  ['rewritecond', 'a rule of a UrlToolkit section'],
  ['rewriteengine', 'UseToolkit, with rules in a UrlToolkit section'],
  ['rewriterule', '"Match <expression> Rewrite <URL>" in a UrlToolkit section'],
  ['serveradmin', 'nothing: delete the line'],
  ['serveralias', 'Hostname, which takes a list of names'],
  ['sslcertificatefile', 'TLScertFile in a Binding section, with key and certificates in one file'],
  ['sslcertificatekeyfile', 'TLScertFile, with key and certificates in one file'],
  ['sslengine', 'TLScertFile in a Binding section, which switches TLS on'],
  ['typesconfig', 'MimetypeConfig'],
  // nginx
  ['access_log', 'AccessLogfile'],
  ['add_header', '"CustomHeaderClient = <name>: <value>"'],
  ['auth_basic', 'LoginMessage, with PasswordFile'],
  ['auth_basic_user_file', '"PasswordFile = basic:<file>"'],
  ['autoindex', 'ShowIndex'],
  ['client_max_body_size', 'MaxRequestSize in a Binding section, in kB'],
  ['deny', '"AccessList = deny <address>"'],
  ['allow', '"AccessList = allow <address>"'],
  ['error_log', 'ErrorLogfile'],
  ['error_page', '"ErrorHandler = <code>:<URL path>"'],
  ['expires', 'ExpirePeriod in a Directory section'],
  ['fastcgi_param', 'Setenv'],
  ['fastcgi_pass', 'UseFastCGI, with ConnectTo in a FastCGIserver section'],
  ['index', 'StartFile, with one name'],
  ['keepalive_timeout', 'TimeForRequest in a Binding section'],
  ['listen', 'Port, in a Binding section'],
  ['proxy_pass', '"ReverseProxy <expression> <URL>"'],
  ['root', 'WebsiteRoot'],
  ['server_name', 'Hostname, with commas between the names'],
  ['server_tokens', '"ServerString = none"'],
  ['ssl_certificate', 'TLScertFile in a Binding section, with key and certificates in one file'],
  ['ssl_certificate_key', 'TLScertFile, with key and certificates in one file'],
  ['try_files', '"RequestURI exists Return" in a UrlToolkit section, and a rule for the rest'],
  ['types_hash_max_size', 'nothing: delete the line'],
  ['user', 'ServerId'],
  ['worker_connections', 'ConnectionsTotal'],
  ['worker_processes', 'nothing: delete the line'],
]);

/** What a name of another server is called here, completing "here it is …"; null for names that nobody is known to use. */
export function nameHere(foreign: string): string | null {
  return FOREIGN.get(foreign.toLowerCase()) ?? null;
}

/** Hiawatha's spelling of an action of toolkit rules; null for other words. */
export function findAction(word: string): string | null {
  const folded = word.toLowerCase();
  return Object.values(ACTION_NAMES).find((name) => name.toLowerCase() === folded) ?? null;
}

/** Sections of other servers, by name in lower case, completing "here it is …". */
const FOREIGN_SECTIONS: ReadonlyMap<string, string> = new Map([
  ['server', 'VirtualHost, with a Binding for the port'],
  ['http', 'nothing: write the lines without a section around them'],
  ['events', 'nothing: delete the section'],
  ['location', 'Directory, with a line "Path = …", listed in UseDirectory of the host'],
  ['upstream', 'FastCGIserver, with all addresses in ConnectTo'],
]);

/** What a section of another server is called here; null for names that nobody is known to use. */
export function sectionHere(foreign: string): string | null {
  return FOREIGN_SECTIONS.get(foreign.toLowerCase()) ?? null;
}
