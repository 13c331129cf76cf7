/** Directives of a FastCGI server (hiawatha(1) FASTCGI CONFIGURATION; serverconfig.c: fcgi_server_setting). */
import { backendList } from '../values/backend-list.ts';
import { extensions } from '../values/name-list.ts';
import { sessionTimeout } from '../values/session-timeout.ts';
import { text } from '../values/text.ts';
import { defaulted, listed, optional, required } from './directive-spec.ts';

const upstream = 'FASTCGI CONFIGURATION';
const DEFAULT_SESSION_MS = 15 * 60_000;

/** The directives of FastCGIserver sections. */
export const FASTCGI_SERVER = {
  connectTo: {
    ...listed(backendList, {
      name: 'ConnectTo',
      summary: 'Back ends: address and port or socket path; several are used in turn',
      upstream,
      example: 'ConnectTo = 127.0.0.1:9000, 127.0.0.1:9001',
    }),
    presence: 'required' as const,
  },
  extensions: listed(extensions, {
    name: 'Extension',
    summary: 'Extensions this server handles; none means any extension',
    upstream,
    example: 'Extension = php',
  }),
  id: required(text, {
    name: 'FastCGIid',
    summary: 'Name for UseFastCGI',
    upstream,
    example: 'FastCGIid = PHP8',
    repetition: 'error',
  }),
  serverRoot: optional(text, {
    name: 'ServerRoot',
    summary:
      'Root directory (chroot) of the FastCGI server; roots of hosts that use it must lie in it',
    upstream,
    example: 'ServerRoot = /var/www/chroot',
  }),
  sessionTimeoutMs: defaulted(sessionTimeout, DEFAULT_SESSION_MS, {
    name: 'SessionTimeout',
    summary: 'Minutes a client address stays with one of several back ends; 0 means not at all',
    upstream,
    example: 'SessionTimeout = 30',
    defaultText: '15',
  }),
};
