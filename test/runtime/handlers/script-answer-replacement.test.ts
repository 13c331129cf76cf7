import { describe, expect, test } from 'vitest';
import type { ResponseHead } from '../../../runtime/gateway/messages.ts';
import { replacementOf } from '../../../runtime/handlers/script-answer-replacement.ts';
import type { RequestTarget } from '../../../runtime/routing/request-target.ts';
import { fakeHead } from '../../support/fake-gateway.ts';
import { makeSite } from '../../support/prepared-site.ts';
import { makeScript } from '../../support/script-location.ts';

const PRIVATE = [{ urlPath: '/private/', directory: '/srv/files' }];

interface Circumstances {
  readonly triggerOnCgiStatus?: boolean;
  readonly handledStatus?: number | null;
  readonly privateFiles?: typeof PRIVATE;
}

/** What is sent in the place of an answer. */
function replace(
  head: Partial<ResponseHead>,
  { triggerOnCgiStatus = true, handledStatus = null, privateFiles = [] }: Circumstances = {},
): RequestTarget | null {
  const exchange = { site: makeSite({ triggerOnCgiStatus }), handledStatus, requestId: 'abc' };
  const target = { script: makeScript('/srv/www/a.cgi') };
  return replacementOf(fakeHead(head), exchange, target, privateFiles);
}

describe('the status of a program', () => {
  test.each([400, 404, 503])('%i is answered with the page of the server', (status) => {
    expect(replace({ status })).toMatchObject({ kind: 'error', status, isLogged: true });
  });

  test.each([200, 304, 399])('%i is left to the program', (status) => {
    expect(replace({ status })).toBeNull();
  });

  test('is left to the program without TriggerOnCGIstatus', () => {
    expect(replace({ status: 404 }, { triggerOnCgiStatus: false })).toBeNull();
  });

  test('is left to a program that is the ErrorHandler already', () => {
    expect(replace({ status: 404 }, { handledStatus: 404 })).toBeNull();
  });
});

describe('a file that a program hands over', () => {
  test('is sent in its place, with no links out of the website root', () => {
    expect(replace({ instructions: [['x-sendfile', '/srv/data/a.pdf']] })).toMatchObject({
      kind: 'static-file',
      path: '/srv/data/a.pdf',
      linkRoot: '/srv/www',
      errorStatus: null,
    });
  });

  test('has the fields that say what it is, and no others', () => {
    const found = replace(
      {
        fields: [
          ['Content-Type', 'application/pdf'],
          ['X-Powered-By', 'something'],
        ],
        instructions: [['x-accel-redirect', '/private/a.pdf']],
      },
      { privateFiles: PRIVATE },
    );
    expect(found).toMatchObject({
      path: '/srv/files/a.pdf',
      linkRoot: '/srv/files',
      ownFields: ['Content-Type', 'application/pdf'],
    });
  });

  test('goes before the status that came with it', () => {
    const instructions = [['x-sendfile', '/srv/data/a.pdf']] as const;
    expect(replace({ status: 404, instructions })).toMatchObject({ kind: 'static-file' });
  });

  test('that is not to be given out is an error of the script, named in log and answer', () => {
    expect(replace({ instructions: [['x-sendfile', '/srv/../etc/passwd']] })).toMatchObject({
      kind: 'error',
      status: 500,
      logMessage:
        'X-Sendfile has to be an absolute path without dots: /srv/../etc/passwd (request abc)',
      logFile: '/srv/www/a.cgi',
      proxyStatus: 'gateway; error=http_protocol_error; details="request abc"',
    });
  });
});
