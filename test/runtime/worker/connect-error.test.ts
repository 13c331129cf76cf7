import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../routing-table/schema.ts';
import { describeConnectError } from '../../../runtime/worker/connect-error.ts';
import { errorCodeOrMessage } from '../../../runtime/error-code.ts';
import { createTemporaryDirectory } from '../../support/temporary-directory.ts';

const MODULE = new URL('../../../runtime/worker/connect-error.ts', import.meta.url).href;
const NOBODY = 65_534;

/** The description as a user without rights gets it: root may enter every directory. */
function describedForNobody(endpoint: Endpoint): string {
  const program = `
    const { describeConnectError } = await import(${JSON.stringify(MODULE)});
    console.log(await describeConnectError(${JSON.stringify(endpoint)}, 'EACCES'));
  `;
  const isRoot = process.getuid?.() === 0;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}

describe('describeConnectError', () => {
  test.each([
    ['ECONNREFUSED', /: connection refused: nobody listens there$/],
    ['EAGAIN', /: its waiting line is full/],
    ['EMFILE', /no file descriptor left \(see ulimit -n\)$/],
    ['ESTRANGE', /: ESTRANGE$/],
  ])('explains %s', async (code, expected) => {
    const text = await describeConnectError({ kind: 'tcp', host: '::1', port: 9000 }, code);
    expect(text).toMatch(expected);
    expect(text).toContain('[::1]:9000');
  });

  test('names the directory that does not exist', async () => {
    using root = createTemporaryDirectory();
    const path = join(root.path, 'no', 'such', 'app.sock');
    expect(await describeConnectError({ kind: 'unix', path }, 'ENOENT')).toBe(
      `cannot connect to the FastCGI server at ${path}: the directory ${join(root.path, 'no')} does not exist`,
    );
  });

  test.each([
    ['file', /: this is a file and no socket$/],
    ['', /: this is a directory and no socket$/],
  ])('says that "%s" is no socket', async (name, expected) => {
    using root = createTemporaryDirectory();
    writeFileSync(join(root.path, 'file'), '');
    const path = join(root.path, name);
    const { promise, resolve } = Promise.withResolvers<string>();
    connect({ path }).once('error', (error) => {
      resolve(errorCodeOrMessage(error));
    });
    expect(await describeConnectError({ kind: 'unix', path }, await promise)).toMatch(expected);
  });

  test('names the directory that denies', () => {
    using root = createTemporaryDirectory();
    const closed = join(root.path, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) chmodSync(closed, 0o000);
    expect(describedForNobody({ kind: 'unix', path: join(closed, 'app.sock') })).toContain(
      `may not enter the directory ${closed}`,
    );
  });
});
