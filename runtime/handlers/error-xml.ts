import type { ByteString } from '../byte-string.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';
import { escapeMarkup } from './directory-index-text.ts';

/** What a page about an error may say. */
export interface ErrorContent {
  readonly hostname: ByteString;
  /** As the client sent it. */
  readonly target: ByteString;
  readonly status: number;
  readonly user: ByteString | null;
  /** null when the server does not name itself. */
  readonly software: ByteString | null;
}

/** An error as XML, in the elements that style sheets for Hiawatha know (ErrorXSLTfile). */
export function errorXml({ hostname, target, status, user, software }: ErrorContent): ByteString {
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n',
    `<error><hostname>${escapeMarkup(hostname)}</hostname>`,
    `<request_uri>${escapeMarkup(target)}</request_uri>`,
    `<code>${status}</code>`,
    `<message>${escapeMarkup(reasonPhrase(status))}</message>`,
    user === null ? '' : `<remote_user>${escapeMarkup(user)}</remote_user>`,
    software === null ? '' : `<software>${escapeMarkup(software)}</software>`,
    '</error>',
  ].join('');
}
