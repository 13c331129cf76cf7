import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { CgiRequest } from '../../../runtime/gateway/gateway.ts';
import { ask, cgi, type Asked, type Outcome } from '../../support/ask-gateway.ts';
import { withEnoughTime } from '../../support/with-enough-time.ts';
import { membersOfGroup, zombieChildren } from '../../support/process-table.ts';
import { waitFor } from '../../support/wait-for.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
const directory = mkdtempSync(join(tmpdir(), 'cgi-'));
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
});

const HEAD = `printf 'Content-Type: text/plain\\n\\n'`;

/** A request for a shell script; `$$` in it is also its process group. */
function script(text: string, overrides: Partial<CgiRequest> = {}): CgiRequest {
  return cgi('/bin/sh', { arguments: ['-c', text], workingDirectory: directory, ...overrides });
}

function run(text: string, overrides: Partial<CgiRequest> = {}): Promise<Outcome> {
  return ask(gateway, script(text, overrides)).outcome;
}

/** A script under way. */
interface Started {
  readonly asked: Asked;
  readonly group: number;
}

/** Starts a script that first prints a head and the number of its process group. */
async function started(text: string, overrides: Partial<CgiRequest> = {}): Promise<Started> {
  const asked = ask(gateway, script(`${HEAD}; printf '%08d' $$; ${text}`, overrides));
  await asked.received(8);
  return { asked, group: Number(asked.bodyText().slice(0, 8)) };
}

/** The same with little time, which is not over before the script has printed that. */
function startedFor(
  timeoutMs: number,
  text: string,
  overrides: Partial<CgiRequest> = {},
): Promise<Started> {
  return withEnoughTime(timeoutMs, async (limitMs) => {
    const asked = ask(
      gateway,
      script(`${HEAD}; printf '%08d' $$; ${text}`, { ...overrides, timeoutMs: limitMs }),
    );
    await Promise.race([asked.received(8), asked.outcome]);
    if (asked.receivedBytes() < 8) return null;
    return { asked, group: Number(asked.bodyText().slice(0, 8)) };
  });
}

/** Waits until a process group has no member, not even a zombie. */
async function groupIsGone(group: number): Promise<void> {
  await waitFor(() => expect(membersOfGroup(group)).toEqual([]), 20);
}

describe('a CGI program', () => {
  test('answers with head and body', async () => {
    const outcome = await run(`${HEAD}; echo hello`);
    expect(outcome.failure).toBeNull();
    expect(outcome.head?.fields).toEqual([['Content-Type', 'text/plain']]);
    expect(outcome.body.toString()).toBe('hello\n');
  });

  test('that goes on is heard before it ends', async () => {
    const { asked } = await started('sleep 60');
    asked.call.abort();
    expect(await asked.head).toMatchObject({ status: 200 });
  });

  test('that says much is heard while it speaks', async () => {
    const asked = ask(gateway, script(`${HEAD}; head -c 200000 /dev/zero; sleep 60`), 'never');
    await asked.received(200_000);
    asked.call.abort();
  });

  test('has nothing to read where there is no body', async () => {
    expect((await run(`${HEAD}; wc -c`)).body.toString()).toBe('0\n');
  });

  test('has its variables and nothing else for an environment', async () => {
    const shown = await run(`${HEAD}; tr '\\0' '\\n' < /proc/$$/environ`, {
      variables: [
        ['QUERY_STRING', 'a=1&b=\u00c3\u00a9'],
        ['EMPTY', ''],
      ],
    });
    expect(shown.body.toString('utf8').trim().split('\n').sort()).toEqual([
      'EMPTY=',
      'QUERY_STRING=a=1&b=\u00e9',
    ]);
  });

  test('has three descriptors and no more', async () => {
    const outcome = await run(`${HEAD}; ls /proc/$$/fd`);
    const numbers = outcome.body.toString().trim().split('\n').map(Number);
    expect(numbers.filter((number) => number < 10)).toEqual([0, 1, 2]);
  });

  test('runs in the directory that it was given', async () => {
    expect((await run(`${HEAD}; pwd -P`)).body.toString()).toBe(`${directory}\n`);
  });

  test('reads its body, whose end it sees', async () => {
    const outcome = await run(`${HEAD}; cat; echo .`, {
      body: { kind: 'inline', bytes: Buffer.from('the body') },
    });
    expect(outcome.body.toString()).toBe('the body.\n');
  });

  test('that echoes a streamed body of 5 MB while it reads does not block', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const pieces = 80;
    const asked = ask(
      gateway,
      script(`${HEAD}; cat`, { body: { kind: 'stream', bytes: pieces * piece.length } }),
    );
    await asked.sendBody(Array.from({ length: pieces }, () => piece));
    const outcome = await asked.outcome;
    expect(outcome.failure).toBeNull();
    expect(outcome.body).toHaveLength(pieces * piece.length);
  });

  test('need not read its body', async () => {
    const asked = ask(
      gateway,
      script(`exec 0<&-; ${HEAD}; echo done`, { body: { kind: 'stream', bytes: 10 * 65_536 } }),
    );
    await asked.sendBody(Array.from({ length: 10 }, () => Buffer.alloc(65_536)));
    expect((await asked.outcome).body.toString()).toBe('done\n');
  });

  test('that floods standard error is answered', async () => {
    const outcome = await run(`head -c 300000 /dev/zero | tr '\\0' e >&2; ${HEAD}; echo ok`);
    expect(outcome.body.toString()).toBe('ok\n');
    await waitFor(() => expect(outcome.stderr[0]).toHaveLength(64 * 1024));
  });

  test('that writes to standard error only is a 500 and its text is there', async () => {
    const outcome = await run('echo oops >&2');
    expect(outcome.failure).toMatchObject({ status: 500, code: 'HWR_CGI_NO_OUTPUT' });
    await waitFor(() => expect(outcome.stderr).toEqual(['oops\n']));
  });

  test('that writes errors for long is heard and not held up', async () => {
    const outcome = await run(
      `for n in 1 2 3; do head -c 60000 /dev/zero | tr '\\0' e >&2; sleep 0.1; done; ${HEAD}; echo ok`,
    );
    expect(outcome.body.toString()).toBe('ok\n');
    await waitFor(() => expect(outcome.stderr[0]).toHaveLength(64 * 1024));
  });

  test('whose errors a child of it goes on to write is answered and heard', async () => {
    const outcome = await run(`echo one >&2; (sleep 0.1; echo two >&2) >&- & ${HEAD}; echo ok`);
    expect(outcome.body.toString()).toBe('ok\n');
    await waitFor(() => expect(outcome.stderr.join('')).toBe('one\ntwo\n'));
  });

  test('is heard to its last word', async () => {
    const outcome = await run(`${HEAD}; echo ok; exec >&-; sleep 0.05; echo last >&2`);
    expect(outcome.body.toString()).toBe('ok\n');
    await waitFor(() => expect(outcome.stderr).toEqual(['last\n']));
  });

  test('whose client goes away is heard all the same', async () => {
    const stderr: string[] = [];
    const asked = ask(
      gateway,
      script(`echo why >&2; ${HEAD}; printf x; sleep 60`),
      'at once',
      (said) => stderr.push(said),
    );
    await asked.received(1);
    asked.call.abort();
    await waitFor(() => expect(stderr).toEqual(['why\n']));
  });

  test('whose exit status is not zero is answered all the same', async () => {
    expect((await run(`${HEAD}; echo ok; exit 3`)).body.toString()).toBe('ok\n');
  });

  test('that is killed before its head is a 502', async () => {
    const outcome = await run('kill -9 $$');
    expect(outcome.failure).toMatchObject({ status: 502, code: 'HWR_CGI_KILLED' });
    expect(outcome.failure?.message).toMatch(/SIGKILL/);
  });

  test('that is killed in its body is cut', async () => {
    const outcome = await run(`${HEAD}; echo part; kill -9 $$`);
    expect(outcome.failure).toMatchObject({ code: 'HWR_CGI_KILLED' });
  });

  test('that is killed after a body of the announced length is answered', async () => {
    const outcome = await run(`printf 'Content-Length: 4\\n\\npart'; kill -9 $$`);
    expect(outcome.failure).toBeNull();
    expect(outcome.body.toString()).toBe('part');
  });

  test.each([
    ['does not exist', '/nonexistent/program', /there is no such file/],
    ['is a directory', '/usr', /it is a directory/],
    ['is not executable', '/etc/passwd', /permission denied/],
  ])('that %s is a 500 that says so', async (_name, program, message) => {
    const outcome = await ask(gateway, cgi(program, { workingDirectory: directory })).outcome;
    expect(outcome.failure).toMatchObject({ status: 500, code: 'HWR_CGI_SPAWN' });
    expect(outcome.failure?.message).toMatch(message);
  });

  test('whose interpreter does not exist is a 500 that says so', async () => {
    const program = join(directory, 'no-interpreter');
    writeFileSync(program, '#!/nonexistent/perl\n');
    chmodSync(program, 0o755);
    const outcome = await ask(gateway, cgi(program, { workingDirectory: directory })).outcome;
    expect(outcome.failure?.message).toMatch(/interpreter that its first line names/);
  });

  test('whose working directory is missing is a 500 that says so', async () => {
    const outcome = await run('true', { workingDirectory: join(directory, 'missing') });
    expect(outcome.failure?.message).toMatch(/working directory .*missing cannot be entered/);
  });

  test('in a directory with a name of UTF-8 runs', async () => {
    const utf8 = join(directory, 'gr\u00fc\u00df');
    mkdirSync(utf8);
    const outcome = await run(`${HEAD}; pwd -P`, {
      workingDirectory: Buffer.from(utf8).toString('latin1'),
    });
    expect(outcome.body.toString('utf8')).toBe(`${utf8}\n`);
  });

  test('that never ends is a 504, and its whole group is gone', async () => {
    const { asked, group } = await startedFor(300, 'sleep 60 & sleep 60');
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_CGI_TIMEOUT' });
    await groupIsGone(group);
  });

  test('that ignores TERM is killed', async () => {
    const { asked, group } = await startedFor(300, `trap '' TERM; while :; do sleep 0.1; done`);
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_CGI_TIMEOUT' });
    await groupIsGone(group);
  });

  test('may live on after its time where it is not to be killed', async () => {
    const { asked, group } = await startedFor(200, 'exec sleep 60', { isKilledAtTimeout: false });
    expect((await asked.outcome).failure).toMatchObject({ code: 'HWR_CGI_TIMEOUT' });
    expect(membersOfGroup(group)).toHaveLength(1);
    process.kill(-group, 'SIGKILL');
    await groupIsGone(group);
  });

  test.each([
    ['prints nothing', 'true'],
    ['prints what is no answer', 'echo hello; head -c 100000 /dev/zero'],
    ['fails', 'exit 3'],
  ])('that runs for its effect alone and %s is an empty 204', async (_, text) => {
    const outcome = await run(`echo seen >&2; ${text}`, { isAnswerWanted: false });
    expect(outcome.failure).toBeNull();
    expect([outcome.head?.status, outcome.body.length]).toEqual([204, 0]);
    await waitFor(() => expect(outcome.stderr).toEqual(['seen\n']));
  });

  test('that runs for its effect alone and is not there is a failure', async () => {
    const request = cgi('/nowhere/program', { isAnswerWanted: false });
    expect((await ask(gateway, request).outcome).failure).toMatchObject({ code: 'HWR_CGI_SPAWN' });
  });

  test('whose client goes away is ended with its group', async () => {
    const { asked, group } = await started('sleep 60 & sleep 60');
    asked.call.abort();
    await groupIsGone(group);
  });

  test('does not hold its answer by a child that keeps the output open', async () => {
    const { asked, group } = await started('sleep 60 & echo " done"');
    const outcome = await asked.outcome;
    expect(outcome.failure).toBeNull();
    expect(outcome.body.toString().slice(8)).toBe(' done\n');
    // The child has the time that the program had.
    expect(membersOfGroup(group)).toHaveLength(1);
    process.kill(-group, 'SIGKILL');
  });

  test('leaves its place to the next as soon as its last child is gone', async () => {
    const { asked, group } = await started('sleep 60 & echo');
    await asked.outcome;
    process.kill(-group, 'SIGKILL');
    const limits = { processes: 1, queue: { length: 1, deadlineMs: null } };
    expect((await run(`${HEAD}; echo ok`, { limits })).body.toString()).toBe('ok\n');
  });

  test('has a child that keeps the output open ended when its time is over', async () => {
    const { asked, group } = await startedFor(1000, 'sleep 60 & echo');
    expect((await asked.outcome).failure).toBeNull();
    await groupIsGone(group);
  });

  test('does not hold its answer by living on after it closed its output', async () => {
    const { asked, group } = await startedFor(1000, 'exec >&- 2>&-; sleep 60');
    expect((await asked.outcome).failure).toBeNull();
    await groupIsGone(group);
  });

  test('that is one too many waits for its turn', async () => {
    const many = await Promise.all(
      Array.from({ length: 12 }, (_, number) => run(`${HEAD}; echo ${number}`)),
    );
    expect(many.map((outcome) => Number(outcome.body.toString()))).toEqual(
      Array.from({ length: 12 }, (_, number) => number),
    );
  });

  test('finds no place in a full line, and gets a 503', async () => {
    const limits = { processes: 1, queue: { length: 1, deadlineMs: null } };
    const asked = Array.from({ length: 3 }, () =>
      ask(gateway, cgi('/bin/sh', { arguments: ['-c', `${HEAD}; echo ok`], limits })),
    );
    const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
    expect(outcomes.map(({ failure }) => failure?.status ?? 200)).toEqual([200, 200, 503]);
    expect(outcomes[2]?.failure?.message).toContain('the line of 1 is full');
  });

  test('waits no longer than its line allows', async () => {
    const limits = { processes: 1, queue: { length: 9, deadlineMs: 50 } };
    const running = ask(gateway, cgi('/bin/sh', { arguments: ['-c', 'sleep 60'], limits }));
    const late = await ask(gateway, cgi('/bin/true', { limits })).outcome;
    expect(late.failure).toMatchObject({ status: 503, code: 'HWR_QUEUE_FULL' });
    running.call.abort();
  });

  test('leaves no zombie', async () => {
    await run(`${HEAD}; echo ok`);
    await waitFor(() => expect(zombieChildren()).toEqual([]));
  });

  test('of an endless body is held back by a client that does not read', async () => {
    const asked = ask(gateway, script(`${HEAD}; exec yes`), 'never');
    await asked.received(256 * 1024);
    // What crossed without a grant is the initial credit, to the byte.
    expect(asked.receivedBytes()).toBe(256 * 1024);
    asked.call.abort();
  });
});
