/**
 * What the server bears from a client where no directive sets the limit.
 *
 * Each limit has a test at the limit, one below and one above.
 */

/** Request line and fields together. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** Fields of one request. */
export const MAX_FIELDS = 256;

/** Requests of one HTTP/2 connection at the same time; further ones wait at the client (RFC 9113 §6.5.2). */
export const MAX_STREAMS = 100;

/** What a client may send of one body of HTTP/2 before somebody reads it. */
export const STREAM_WINDOW_BYTES = 64 * 1024;

/** Requests that a client of HTTP/2 takes back: so many at once, and so many a second. */
export const STREAM_RESET_BURST = 200;
/** See {@link STREAM_RESET_BURST}. */
export const MAX_STREAM_RESETS_PER_SECOND = 50;

/** Of one field of a request. */
export const MAX_FIELD_NAME_BYTES = 256;

/** Of one field of a request. */
export const MAX_FIELD_VALUE_BYTES = 16 * 1024;

/** What is read and thrown away of a request that is refused, so that the client gets to read the refusal. */
export const MAX_DRAINED_BYTES = 64 * 1024;

/** How long a connection stays half closed for the client to read the last answer. */
export const LINGER_MS = 2_000;

/** How long an answer may be silent after the client has stopped sending for good, before it is seen whether it is there. */
export const HALF_CLOSED_GRACE_MS = 500;

/** How long the reset of a client nearby takes. One that is further away is looked at again after the time above. */
export const RESET_WAIT_MS = 50;

/** After so many of these times it is seen again. */
export const HALF_CLOSED_ASK_TICKS = 10;

/** What all chunks of a body may have besides it: extensions, and lengths of chunks that hold next to nothing. */
export const MAX_CHUNK_OVERHEAD_BYTES = 16 * 1024;

/** What a chunk of the usual kind has besides its bytes. */
export const CHUNK_OVERHEAD_BYTES = 16;

/** What Node reads from a connection at once. */
export const READ_AHEAD_BYTES = 64 * 1024;

/** A chunked body up to this size is measured in memory; a larger one goes to a temporary file. */
export const MAX_SPOOL_IN_MEMORY_BYTES = 64 * 1024;

/** A body up to this size goes to the application together with the request. */
export const MAX_INLINE_BODY_BYTES = 32 * 1024;

/** Parts in which a file is read and sent. */
export const FILE_CHUNK_BYTES = 64 * 1024;

/** Ranges of a file in one request; of one that asks for more the whole file is sent. */
export const MAX_RANGES = 32;

/** A URL that toolkit rules made; some can double it with every round. */
export const MAX_REWRITTEN_URL_BYTES = 64 * 1024;

/** Toolkits that call each other, as in Hiawatha. */
export const MAX_TOOLKIT_DEPTH = 10;

/** Toolkit rules that are looked at for one request. */
export const MAX_TOOLKIT_RULES = 100_000;

/** Symbolic links followed on the way to one file, as on Linux. */
export const MAX_SYMLINKS = 40;

/** How long answers to a client may still take that was banned with KickOnBan. */
export const KICK_GRACE_MS = 1_000;

/** Backlog of a listening socket unless ListenBacklog says more. */
export const MIN_BACKLOG = 511;

/** Lines that wait for a slow or full disk; further ones are counted and dropped. */
export const MAX_LOG_BACKLOG_BYTES = 8 * 1024 * 1024;

/** A log file that nobody writes to is closed after this time. */
export const LOG_IDLE_MS = 30_000;

/** Bans that are remembered; beyond it the oldest are forgotten. */
export const MAX_REMEMBERED_BANS = 100_000;

/** How often bans that are over are looked for. */
export const BAN_SWEEP_MS = 11_000;

/** How often connections whose clients take nothing are looked for. */
export const STALL_SWEEP_MS = 500;

/** Password and group files larger than this are not read. */
export const MAX_ACCOUNT_FILE_BYTES = 16 * 1024 * 1024;

/** Password and group files that are kept in memory. */
export const MAX_REMEMBERED_ACCOUNT_FILES = 1_000;

/** `.hiawatha` files larger than this are not read: requests for which they count are refused. */
export const MAX_LOCAL_SETTINGS_BYTES = 256 * 1024;

/** `.hiawatha` files that are kept in memory. */
export const MAX_REMEMBERED_LOCAL_SETTINGS = 10_000;

/** Names and passwords that were found right, and need no slow hash the next time. */
export const MAX_REMEMBERED_LOGINS = 10_000;

/** How long a nonce of Digest authentication is good. */
export const NONCE_LIFE_MS = 300_000;

/** Nonces of Digest authentication whose use is remembered. */
export const MAX_REMEMBERED_NONCES = 10_000;

/** How long a wrong password is not answered. */
export const WRONG_PASSWORD_DELAY_MS = 1_000;

/** Addresses of which wrong passwords are counted, and for how long. */
export const MAX_COUNTED_GUESSERS = 10_000;
/** See {@link MAX_COUNTED_GUESSERS}. */
export const GUESS_WINDOW_MS = 60_000;

/** Home directories that the system was asked for and that are remembered, and for how long. */
export const MAX_REMEMBERED_HOMES = 1_000;
/** See {@link MAX_REMEMBERED_HOMES}. */
export const REMEMBERED_HOME_MS = 60_000;

/** Parts in which a throttled answer is sent. */
export const PACED_CHUNKS_PER_SECOND = 8;

/** Documents larger than this are not transformed by a style sheet. */
export const MAX_XSLT_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** How long a style sheet may take for one document. */
export const XSLT_TIME_MS = 5_000;

/** How long their thread may take to start, which is not the fault of a style sheet. */
export const XSLT_START_MS = 30_000;

/** Of a query, of a form, and of cookies; further ones are left out. */
export const MAX_STYLE_SHEET_PARAMETERS = 1_000;

/** Documents that wait for their style sheet. */
export const MAX_WAITING_TRANSFORMATIONS = 100;

/** The thread of the style sheets ends when it had nothing to do for this time. */
export const XSLT_IDLE_MS = 30_000;

/** Entries of a directory that are looked at together for its index. */
export const INDEX_BATCH = 64;

/** Files whose hash was compared and is remembered. */
export const MAX_REMEMBERED_HASHES = 10_000;
