/** Numbers of FastCGI 1.0 (§8 of the specification), in our case. All lengths in bytes. */

/** FCGI_VERSION_1. */
export const VERSION = 1;

/** Length of a record's header, and of the bodies of BEGIN_REQUEST, END_REQUEST and UNKNOWN_TYPE. */
export const HEADER_LENGTH = 8;
/** Bytes of the bodies of BEGIN_REQUEST, END_REQUEST and UNKNOWN_TYPE. */
export const FIXED_BODY_LENGTH = 8;

/** The most content that a record can have, in bytes. */
export const MAX_CONTENT_LENGTH = 65_535;

/** The largest content that needs no padding to a multiple of eight. */
export const MAX_ALIGNED_CONTENT_LENGTH = 65_528;

/** Padding makes a record's length a multiple of this; advised, never required (§3.3). */
export const ALIGNMENT = 8;

/** Types of records (FastCGI 1.0 §8). */
export const RECORD_TYPE = {
  beginRequest: 1,
  abortRequest: 2,
  endRequest: 3,
  params: 4,
  stdin: 5,
  stdout: 6,
  stderr: 7,
  data: 8,
  getValues: 9,
  getValuesResult: 10,
  unknownType: 11,
} as const;

/** Roles of an application (FastCGI 1.0 §6). */
export const ROLE = { responder: 1, authorizer: 2, filter: 3 } as const;

/** Bit of the flags of BEGIN_REQUEST: the application leaves the connection open. */
export const KEEP_CONNECTION = 1;

/** protocolStatus of END_REQUEST (FastCGI 1.0 §5.5). */
export const PROTOCOL_STATUS = {
  requestComplete: 0,
  cannotMultiplex: 1,
  overloaded: 2,
  unknownRole: 3,
} as const;
