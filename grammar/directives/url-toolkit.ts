/** Directives of a UrlToolkit section (hiawatha(1) URL TOOLKIT; toolkit.c: toolkit_setting). */
import { text } from '../values/text.ts';
import {
  caselessMatchRule,
  headerRule,
  matchRule,
  methodRule,
  requestUriRule,
  tlsRule,
  totalConnectionsRule,
  unconditionalRule,
} from '../values/toolkit-rule.ts';
import { repeated, required } from './directive-spec.ts';

const upstream = 'URL TOOLKIT';

/** The directives of UrlToolkit sections. */
export const URL_TOOLKIT = {
  id: required(text, {
    name: 'ToolkitID',
    summary: 'Name for UseToolkit, Call and Goto',
    upstream,
    example: 'ToolkitID = cms',
    feature: 'toolkit',
  }),
  always: repeated(unconditionalRule, {
    name: 'Do',
    added: '9.10',
    summary: 'Unconditional rule',
    upstream,
    example: 'Do Call common',
    feature: 'toolkit',
  }),
  header: repeated(headerRule, {
    name: 'Header',
    added: '9.0',
    summary: 'Rule on a request header, or on any with a star',
    upstream,
    example: 'Header User-Agent "bad bot" DenyAccess',
    feature: 'toolkit',
  }),
  match: repeated(matchRule, {
    name: 'Match',
    summary: 'Rule on the URL',
    upstream,
    example: 'Match ^/blog/([0-9]+)$ Rewrite /blog.php?id=$1',
    feature: 'toolkit',
  }),
  matchCi: repeated(caselessMatchRule, {
    name: 'MatchCI',
    summary: 'Rule on the URL without regard to case',
    upstream,
    example: 'MatchCI ^/admin DenyAccess',
    feature: 'toolkit',
  }),
  method: repeated(methodRule, {
    name: 'Method',
    added: '9.7',
    summary: 'Rule on the request method',
    upstream,
    example: 'Method !GET Exit',
    feature: 'toolkit',
  }),
  requestUri: repeated(requestUriRule, {
    name: 'RequestURI',
    summary: 'Rule on what the URL is on disk: exists, isfile, isdir or notfound',
    upstream,
    example: 'RequestURI isfile Return',
    feature: 'toolkit',
  }),
  totalConnections: repeated(totalConnectionsRule, {
    name: 'TotalConnections',
    added: '9.11',
    summary: 'Rule on the number of connections',
    upstream,
    example: 'TotalConnections 1000 Call busy',
    feature: 'toolkit',
  }),
  useSsl: repeated(tlsRule, {
    name: 'UseSSL',
    summary: 'Old name of UseTLS',
    upstream: 'toolkit.c: toolkit_setting',
    example: 'UseSSL Return',
    feature: 'toolkit+tls',
    undocumented: 'UseTLS',
  }),
  useTls: repeated(tlsRule, {
    name: 'UseTLS',
    added: '9.13',
    summary: 'Rule on TLS',
    upstream,
    example: 'UseTLS Return',
    feature: 'toolkit+tls',
  }),
};
