import type { ByteString } from '../byte-string.ts';
import { reasonPhrase } from '../http/reason-phrase.ts';
import { htmlPage } from './html-page.ts';

const STYLE =
  'body{font:1.1em/1.5 sans-serif;margin:15vh auto;max-width:32em;padding:0 1em;color:#333}';

/** The built-in page of a status. */
export function errorPage(status: number): ByteString {
  return htmlPage(`${status} - ${reasonPhrase(status)}`, STYLE);
}
