/** What the overlay file may hold: settings that Hiawatha does not have. Documented in docs/overlay.md. */
import { HTTP_TOKEN } from '../../grammar/values/http-token.ts';
import {
  ANY_TEXT,
  byName,
  FLAG,
  type Kind,
  member,
  number,
  object,
  text,
  texts,
  word,
  words,
} from './kind.ts';

/** The name of the overlay file, beside the configuration. */
export const OVERLAY_FILE = 'hiawatha-ts.json';

/** Where its schema is published, as the package has it. */
const SCHEMA_ID = 'https://unpkg.com/hiawatha-ts/docs/overlay.schema.json';

/** What waits in line at the most, wherever. */
const MAX_QUEUE_LENGTH = 1024;
const MAX_QUEUE_SECONDS = 3600;

const MAX_CGI_PROCESSES = 4096;

const STICKY = object(
  {
    by: member(
      word(['address', 'cookie', 'learned-cookie']),
      'How a client is known again: by its address, as in Hiawatha; by a cookie that the server sets; by a cookie that the application sets.',
    ),
    name: member(
      text(HTTP_TOKEN, 'the name of a cookie'),
      'The name of the cookie; only with a cookie.',
    ),
  },
  ['by'],
);

const QUEUE = object({
  length: member(
    number(0, MAX_QUEUE_LENGTH, 'integer'),
    `How many requests may wait; further ones are answered 503. Left out: ${MAX_QUEUE_LENGTH}.`,
  ),
  deadlineSeconds: member(
    number(0.1, MAX_QUEUE_SECONDS, 'number'),
    'How long a request may wait. Left out: as long as TimeForCGI allows.',
  ),
});

const CLIENT_GONE = word(['abort', 'finish']);

const FASTCGI_SERVER = object({
  sticky: member(STICKY, 'By what a client stays with its member.'),
  queue: member(QUEUE, 'The line in which requests wait while all members are busy.'),
  multiplex: member(
    FLAG,
    'Whether several requests may share a connection, where the application says that it can.',
  ),
  checksFiles: member(
    FLAG,
    'Whether a script that is not on disk is answered 404 by the server, and the application not asked.',
  ),
  resolvesLinks: member(
    FLAG,
    'Whether the application gets DOCUMENT_ROOT and SCRIPT_FILENAME without the symbolic links in the root, as they are at that moment.',
  ),
  clientGone: member(
    CLIENT_GONE,
    'What becomes of a request whose client is gone: the application is told to abort it, or does it to its end.',
  ),
  drain: member(
    texts('addresses, as in ConnectTo'),
    'Members that get no new clients: their addresses, as in ConnectTo.',
  ),
});

const CGI = object({
  processes: member(
    number(1, MAX_CGI_PROCESSES, 'integer'),
    'How many CGI programs may run at the same time; further requests wait.',
  ),
  queue: member(QUEUE, 'The line in which requests wait for a program to end.'),
  clientGone: member(
    CLIENT_GONE,
    'What becomes of a program whose client is gone: it is ended, or runs to its end.',
  ),
});

const COMPRESSION = object({
  codings: member(
    words(['gzip', 'br', 'zstd']),
    'How files may be compressed; of what a client likes equally well the first is used.',
  ),
  siblings: member(
    FLAG,
    'Whether a file with .gz, .br or .zst behind its name is sent in its place.',
  ),
});
const JSON_LOG = object(
  {
    file: member(
      text(/[^/]$/, 'the name of a file'),
      'The log; a name that is not absolute is relative to the configuration.',
    ),
    rotation: member(
      word(['daily', 'weekly', 'monthly']),
      'When the log is put away and compressed, as for AccessLogfile. Left out: never.',
    ),
  },
  ['file'],
);

/** All settings of the overlay file, with their types and what its schema says of them. */
export const OVERLAY = object({
  $schema: member(ANY_TEXT, 'The schema of this file, for editors.'),
  cgi: member(CGI, 'Limits of CGI programs.'),
  compression: member(COMPRESSION, 'How files are compressed.'),
  privateFiles: member(
    byName(text(/^\//, 'the absolute path of a directory')),
    'Directories whose files applications may have the server send, by the URL path that X-Accel-Redirect uses.',
  ),
  jsonLog: member(JSON_LOG, 'A log of all requests with a JSON object for each, in a line.'),
  http2: member(FLAG, 'Whether TLS bindings offer HTTP/2.'),
  httpsOff: member(
    word(['set', 'omit']),
    'Whether scripts get HTTPS=off for a plain connection, as in Hiawatha, or no HTTPS at all.',
  ),
  authorization: member(
    word(['always', 'asked']),
    'Whether programs get the field Authorization, as in Hiawatha, or only those of hosts with HTTPAuthToCGI.',
  ),
  allowedFields: member(
    texts('names of fields'),
    'Names of fields, with * for any text, that programs get though they are not made of letters, digits and - alone.',
  ),
  gatewayTimeout: member(
    FLAG,
    'Whether a script that is not ready within TimeForCGI is answered with 504, instead of 500 as in Hiawatha.',
  ),
  standardError: member(
    word(['lines', 'event']),
    'How the error log tells what programs and applications write to standard error: as Hiawatha, or as JSON with the request, host, script and member.',
  ),
  fastCgiServers: member(byName(FASTCGI_SERVER), 'Settings of FastCGI servers, by FastCGIid.'),
});

type ValueOf<K> = K extends Kind<infer T> ? T : never;

/** The waiting line of a FastCGI server, as the overlay sets it. */
export type QueueOverlay = ValueOf<typeof QUEUE>;
/** What the overlay sets for one FastCGI server. */
export type FastCgiOverlay = ValueOf<typeof FASTCGI_SERVER>;

/** The JSON Schema (2020-12) of the overlay file. */
export function overlaySchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: SCHEMA_ID,
    title: OVERLAY_FILE,
    ...OVERLAY.schema,
  };
}
