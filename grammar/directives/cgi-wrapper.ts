/** Directives of `cgi-wrapper.conf`, which the CGI wrapper reads by itself (cgi-wrapper(1); cgi-wrapper.c). */
import { handlerPrograms } from '../values/handler-programs.ts';
import { wrapEntry } from '../values/wrap-entry.ts';
import { listed, repeated } from './directive-spec.ts';

const upstream = 'cgi-wrapper(1)';

/** The directives of cgi-wrapper.conf. */
export const CGI_WRAPPER = {
  cgiHandlers: listed(handlerPrograms, {
    name: 'CGIhandler',
    summary: 'Programs that the wrapper may start to run scripts with',
    upstream,
    example: 'CGIhandler = /usr/bin/perl, /usr/bin/php-cgi',
  }),
  wraps: repeated(wrapEntry, {
    name: 'Wrap',
    summary: 'What programs with a WrapCGI run as, and below which directory they have to lie',
    upstream,
    example: 'Wrap = site1 ; /var/www/site1 ; www-site1:www-site1',
    clash: { keyOf: (line) => line.id, winner: 'first', note: 'the wrapper stops at the first' },
  }),
};
