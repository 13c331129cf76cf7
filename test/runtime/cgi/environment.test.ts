import { describe, expect, test } from 'vitest';
import { cgiVariables, type EnvironmentSource } from '../../../runtime/cgi/environment.ts';
import type { RequestContext } from '../../../runtime/request-context.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeBinding } from '../../support/routing-table.ts';

interface Asked {
  readonly request?: Partial<RequestContext>;
  readonly script?: Partial<EnvironmentSource['script']>;
  readonly source?: Partial<EnvironmentSource>;
}

function variablesOf({ request = {}, script = {}, source = {} }: Asked = {}): string[] {
  return cgiVariables({
    request: makeRequest({
      target: '/env.play',
      fields: [['Host', 'main.test']],
      binding: makeBinding({ port: 8080 }),
      ...request,
    }),
    script: {
      scriptFilename: '/srv/main/env.play',
      scriptName: '/env.play',
      pathInfo: null,
      query: '',
      documentRoot: '/srv/main',
      alias: null,
      ...script,
    },
    serverName: 'main.test',
    setenv: [],
    bodyBytes: 0,
    serverRoot: null,
    login: null,
    generatedError: null,
    isHttpsOffSet: true,
    isAuthorizationPassed: true,
    isFieldAllowed: () => false,
    onFieldDropped: null,
    ...source,
  }).map(([name, value]) => `${name}=${value}`);
}

const PLAIN = variablesOf();

/** What a request has that a plain GET has not. */
function check(asked: Asked, expected: readonly string[]): void {
  expect(variablesOf(asked).filter((line) => !PLAIN.includes(line))).toEqual(expected);
}

function checkFields(
  fields: readonly (readonly [string, string])[],
  expected: readonly string[],
): void {
  check({ request: { fields } }, expected);
}

describe('a client behind a trusted proxy that speaks TLS', () => {
  test('is secure, and at the port that it asked for', () => {
    check({ request: { isSecure: true } }, ['SERVER_PORT=443', 'HTTP_SCHEME=https', 'HTTPS=on']);
    check({ request: { isSecure: true, hostPort: 8443 } }, [
      'SERVER_PORT=8443',
      'HTTP_SCHEME=https',
      'HTTPS=on',
    ]);
  });
});

describe('cgiVariables', () => {
  test('has these for a plain GET, in this order', () => {
    expect(PLAIN).toEqual([
      'GATEWAY_INTERFACE=CGI/1.1',
      'REQUEST_METHOD=GET',
      'REQUEST_URI=/env.play',
      'SCRIPT_NAME=/env.play',
      'SCRIPT_FILENAME=/srv/main/env.play',
      'DOCUMENT_ROOT=/srv/main',
      'REMOTE_ADDR=192.0.2.1',
      'QUERY_STRING=',
      'SERVER_PORT=8080',
      'SERVER_NAME=main.test',
      'SERVER_PROTOCOL=HTTP/1.1',
      'SERVER_SOFTWARE=hiawatha-ts',
      'SERVER_ADDR=192.0.2.2',
      'REDIRECT_STATUS=200',
      'HTTP_HOST=main.test',
      'HTTP_SCHEME=http',
      'HTTPS=off',
      'HTTP_RETURN_CODE=200',
    ]);
  });

  test('tells length and type of a body, and nothing of an empty one', () => {
    const fields = [
      ['Content-Type', 'text/plain'],
      ['Content-Length', '7'],
    ] as const;
    check({ request: { fields }, source: { bodyBytes: 7 } }, [
      'CONTENT_LENGTH=7',
      'CONTENT_TYPE=text/plain',
      'HTTP_CONTENT_TYPE=text/plain',
      'HTTP_CONTENT_LENGTH=7',
    ]);
    checkFields(fields, ['HTTP_CONTENT_TYPE=text/plain', 'HTTP_CONTENT_LENGTH=7']);
  });

  test('tells of path information, query and alias', () => {
    check({ script: { pathInfo: '/a b', query: 'x=%20', alias: { from: '/al', to: '/opt/al' } } }, [
      'ALIAS_FROM=/al',
      'ALIAS_TO=/opt/al',
      'QUERY_STRING=x=%20',
      'PATH_INFO=/a b',
    ]);
  });

  test.each(['Proxy', 'PROXY', 'proxy', 'Scheme', 'Return-Code', 'Generated-Error'])(
    'never passes the field %s on',
    (name) => {
      checkFields(
        [
          ['Host', 'main.test'],
          [name, 'evil'],
          [name, 'evil'],
        ],
        [],
      );
    },
  );

  test.each(['X_A', 'X.A', 'X A', 'X\xe9', '', 'X'.repeat(95)])(
    'leaves out a field named %j',
    (name) => {
      checkFields(
        [
          ['Host', 'main.test'],
          [name, 'v'],
        ],
        [],
      );
    },
  );

  test('passes a name of 94 characters on', () => {
    checkFields(
      [
        ['Host', 'main.test'],
        ['x'.repeat(94), 'v'],
      ],
      [`HTTP_${'X'.repeat(94)}=v`],
    );
  });

  test('joins repeated fields, cookies with a semicolon', () => {
    checkFields(
      [
        ['Host', 'main.test'],
        ['X-Dup', 'one'],
        ['x-dup', 'two'],
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ],
      ['HTTP_X_DUP=one, two', 'HTTP_COOKIE=a=1; b=2'],
    );
  });

  describe('of fields with unusual names', () => {
    const FIELDS = [
      ['X_Token', 'forged'],
      ['X-Token', 'real'],
      ['App_User.Name', 'u'],
      ['app_user.name', 'v'],
      ['App-User_Name', 'other'],
      ['Proxy', 'http://evil.test'],
      ['Proxy_', 'fine'],
      [`Y${'y'.repeat(94)}`, 'long'],
    ] as const;

    function told(isFieldAllowed: (name: string) => boolean): {
      lines: string[];
      dropped: string[];
    } {
      const dropped: string[] = [];
      const lines = variablesOf({
        request: { fields: FIELDS },
        source: { isFieldAllowed, onFieldDropped: (name) => dropped.push(name.slice(0, 20)) },
      });
      return { lines: lines.filter((line) => !PLAIN.includes(line)), dropped };
    }

    test('has none, and each is told of', () => {
      expect(told(() => false)).toEqual({
        lines: ['HTTP_X_TOKEN=real'],
        dropped: [
          'X_Token',
          'App_User.Name',
          'app_user.name',
          'App-User_Name',
          'Proxy',
          'Proxy_',
          `Y${'y'.repeat(19)}`,
        ],
      });
    });

    test('has those that are allowed, unless another field has the same variable', () => {
      expect(told(() => true)).toEqual({
        lines: ['HTTP_X_TOKEN=real', 'HTTP_APP_USER_NAME=u, v', 'HTTP_PROXY_=fine'],
        dropped: ['X_Token', 'App-User_Name', 'Proxy', `Y${'y'.repeat(19)}`],
      });
    });

    test('has a password only where passwords are passed on', () => {
      const fields = [['Proxy_Authorization', 'Basic eDp5']] as const;
      const source = { isFieldAllowed: () => true, isAuthorizationPassed: false };
      check({ request: { fields }, source }, []);
      check({ request: { fields }, source: { isFieldAllowed: () => true } }, [
        'HTTP_PROXY_AUTHORIZATION=Basic eDp5',
      ]);
    });
  });

  test('has bytes as they are', () => {
    checkFields(
      [
        ['Host', 'main.test'],
        ['X-High', '\xe9\xff'],
      ],
      ['HTTP_X_HIGH=\xe9\xff'],
    );
  });

  test('takes names of the prototype chain as ordinary names', () => {
    checkFields(
      [
        ['Host', 'main.test'],
        ['constructor', 'v'],
      ],
      ['HTTP_CONSTRUCTOR=v'],
    );
  });

  test('tells of the certificate of a client', () => {
    const client = { authority: '/ca', subject: 'CN=anna', issuer: 'CN=ours', serial: '0A' };
    const tls = { version: 'TLSv1.3', servername: null, cipher: 'TLS-AES-128-GCM-SHA256', client };
    check({ request: { isTls: true, tls } }, [
      'HTTP_SCHEME=https',
      'HTTPS=on',
      'TLS_SUBJECT_DN=CN=anna',
      'TLS_ISSUER_DN=CN=ours',
      'TLS_CERT_SERIAL=0A',
      'TLS_VERSION=TLSv1.3',
      'TLS_CIPHER=TLS-AES-128-GCM-SHA256',
    ]);
  });

  test('tells of TLS', () => {
    const tls = {
      version: 'TLSv1.3',
      servername: null,
      cipher: 'TLS-AES-128-GCM-SHA256',
      client: null,
    };
    check({ request: { isTls: true, tls } }, [
      'HTTP_SCHEME=https',
      'HTTPS=on',
      'TLS_VERSION=TLSv1.3',
      'TLS_CIPHER=TLS-AES-128-GCM-SHA256',
    ]);
  });

  test.each([true, false])('get Authorization where that is %s', (isAuthorizationPassed) => {
    const fields = [
      ['Authorization', 'Basic eDp5'],
      ['Proxy-Authorization', 'Basic eDp5'],
      ['X-Authorization', 'kept'],
    ] as const;
    const found = variablesOf({ request: { fields }, source: { isAuthorizationPassed } });
    expect(found.filter((line) => line.includes('AUTHORIZATION'))).toEqual([
      ...(isAuthorizationPassed
        ? ['HTTP_AUTHORIZATION=Basic eDp5', 'HTTP_PROXY_AUTHORIZATION=Basic eDp5']
        : []),
      'HTTP_X_AUTHORIZATION=kept',
    ]);
  });

  test('tells of a plain connection by no HTTPS at all where that is wanted', () => {
    const found = variablesOf({ source: { isHttpsOffSet: false } });
    expect(found).toEqual(PLAIN.filter((line) => line !== 'HTTPS=off'));
    const tls = {
      version: 'TLSv1.3',
      servername: null,
      cipher: 'TLS-AES-128-GCM-SHA256',
      client: null,
    };
    const asked = { request: { isTls: true, tls }, source: { isHttpsOffSet: false } };
    expect(variablesOf(asked)).toContain('HTTPS=on');
  });

  test('tells of a login, of the binding and of an error', () => {
    check(
      {
        request: { binding: makeBinding({ port: 8080, id: 'LAN' }) },
        source: { login: { scheme: 'Basic', user: 'anna' }, generatedError: 404 },
      },
      [
        'SERVER_BINDING=LAN',
        'AUTH_TYPE=Basic',
        'REMOTE_USER=anna',
        'HTTP_RETURN_CODE=404',
        'HTTP_GENERATED_ERROR=404',
      ],
    );
  });

  test('adds Setenv as UTF-8 bytes, but nothing for the wrapper; it may replace a variable', () => {
    check(
      {
        source: {
          setenv: [
            { name: 'A', value: 'é' },
            { name: 'CGIWRAP_ID', value: 'x' },
            { name: 'SERVER_NAME', value: 'other' },
          ],
        },
      },
      ['SERVER_NAME=other', 'A=\xc3\xa9'],
    );
  });

  test.each([
    ['/srv', 'SCRIPT_FILENAME=/main/env.play', 'DOCUMENT_ROOT=/main'],
    ['/srv/main', 'SCRIPT_FILENAME=/env.play', 'DOCUMENT_ROOT=/'],
  ])('shortens paths by the root directory %s of the application', (serverRoot, ...expected) => {
    check({ source: { serverRoot } }, expected);
  });

  test('leaves paths outside the root directory of the application alone', () => {
    check({ source: { serverRoot: '/srv/ma' } }, []);
  });
});
