/** Directives of a listening port (hiawatha(1) BINDING CONFIGURATION; serverconfig.c: binding_setting). */
import { caFiles } from '../values/certificate-files.ts';
import { ipAddress } from '../values/ip-address.ts';
import { integer } from '../values/number.ts';
import { requestTimes } from '../values/number-pair.ts';
import { text } from '../values/text.ts';
import { KIB } from '../values/throttle.ts';
import { yesNo } from '../values/yes-no.ts';
import { SECOND_MS } from '../values/duration.ts';
import { defaulted, optional, required } from './directive-spec.ts';

const upstream = 'BINDING CONFIGURATION';
const MIB = 1024 * KIB;
const MAX_PORT = 65_535;

/** A request is kept in memory: a limit above this protects nothing. */
const SENSIBLE_REQUEST_KIB = 1_048_576;

/** The directives of Binding sections. */
export const BINDING = {
  id: optional(text, {
    name: 'BindingId',
    summary: 'Name for RequiredBinding; several bindings may share one',
    upstream,
    example: 'BindingId = LAN',
    repetition: 'error',
  }),
  enableAcceptFilter: defaulted(yesNo, false, {
    name: 'EnableAccf',
    added: '9.1',
    summary: 'HTTP accept filter of FreeBSD',
    upstream,
    example: 'EnableAccf = yes',
    feature: 'freebsd-accf',
  }),
  enableAlter: defaulted(yesNo, false, {
    name: 'EnableAlter',
    summary: 'Allow PUT and DELETE on this binding',
    upstream,
    example: 'EnableAlter = yes',
  }),
  enableTrace: defaulted(yesNo, false, {
    name: 'EnableTRACE',
    summary: 'Allow TRACE on this binding',
    upstream,
    example: 'EnableTRACE = yes',
  }),
  address: defaulted(ipAddress, '0.0.0.0', {
    name: 'Interface',
    summary: 'Address to listen on; an IPv6 address listens on IPv6 only',
    upstream,
    example: 'Interface = 192.168.0.1',
  }),
  maxKeepAlive: defaulted(integer(), 50, {
    name: 'MaxKeepAlive',
    summary: 'Further requests allowed on one connection',
    upstream,
    example: 'MaxKeepAlive = 100',
  }),
  maxRequestBytes: defaulted(
    integer({ min: 1, unit: 'kB', factor: KIB, sensibleMax: SENSIBLE_REQUEST_KIB }),
    64 * KIB,
    {
      name: 'MaxRequestSize',
      summary: 'Largest request in kB, PUT bodies excepted',
      upstream,
      example: 'MaxRequestSize = 256',
      defaultText: '64',
    },
  ),
  maxUploadBytes: defaulted(integer({ min: 1, max: 2047, unit: 'MB', factor: MIB }), MIB, {
    name: 'MaxUploadSize',
    summary: 'Largest body of a PUT, in MB',
    upstream,
    example: 'MaxUploadSize = 15',
    defaultText: '1',
  }),
  port: required(integer({ min: 1, max: MAX_PORT }), {
    name: 'Port',
    summary: 'TCP port',
    upstream,
    example: 'Port = 80',
  }),
  requiredCa: optional(caFiles, {
    name: 'RequiredCA',
    summary:
      'CA certificates (and revocation list) that clients must be signed by; needs TLScertFile',
    upstream,
    example: 'RequiredCA = ca.pem, crl.pem',
    feature: 'tls',
  }),
  requestTimes: defaulted(
    requestTimes,
    { firstMs: 5 * SECOND_MS, laterMs: 30 * SECOND_MS },
    {
      name: 'TimeForRequest',
      summary: 'Seconds for the first request and for later ones; one number sets both',
      upstream,
      example: 'TimeForRequest = 2, 45',
      defaultText: '5, 30',
    },
  ),
  tlsCertFile: optional(text, {
    name: 'TLScertFile',
    added: '9.13',
    summary:
      'PEM file with key and certificate chain; makes the binding speak TLS; loaded at start only',
    upstream,
    example: 'TLScertFile = site.pem',
    feature: 'tls',
  }),
};
