/** Several requests on one connection, where an application says that it can and the overlay file asks for it. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createGateway } from '../../../runtime/gateway/create-gateway.ts';
import type { FastCgiRequest } from '../../../runtime/gateway/gateway.ts';
import { ask, fastCgi, type Asked, type Outcome } from '../../support/ask-gateway.ts';
import { bytes } from '../../support/bytes.ts';
import {
  startMultiplexingApplication,
  type ApplicationOptions,
  type MultiplexedRequest,
  type MultiplexingApplication,
} from '../../support/multiplexing-application.ts';
import { makeFastCgiServer } from '../../support/routing-table.ts';
import { stdout } from '../../support/scripted-fcgi-server.ts';
import { waitFor } from '../../support/wait-for.ts';

const gateway = createGateway({ threads: 1, onNotice: () => undefined });
afterAll(() => gateway.close());

const HEAD = 'Content-Type: text/plain\r\n\r\n';
const CAN = [
  ['FCGI_MPXS_CONNS', '1'],
  ['FCGI_MAX_REQS', '50'],
] as const;

function echo(request: MultiplexedRequest): void {
  request.answer(`${HEAD}${request.variables.get('NUMBER') ?? ''}${request.stdin.toString()}`);
}

/** Requests to an application, of which each has a number. */
interface Client {
  readonly application: MultiplexingApplication;
  readonly ask: (number: number, overrides?: Partial<FastCgiRequest>) => Asked;
  readonly get: (number: number) => Promise<Outcome>;
}

async function clientOf(options: ApplicationOptions, multiplex = true): Promise<Client> {
  const application = await startMultiplexingApplication(options);
  onTestFinished(() => application[Symbol.asyncDispose]());
  const server = makeFastCgiServer({
    id: 'APP',
    connectTo: [application.endpoint],
    extensions: [],
    multiplex,
  });
  const askOne = (number: number, overrides: Partial<FastCgiRequest> = {}): Asked =>
    ask(gateway, {
      ...fastCgi(application.endpoint),
      server,
      variables: [['NUMBER', String(number)]],
      ...overrides,
    });
  return { application, ask: askOne, get: (number) => askOne(number).outcome };
}

/** The same, to an application that answers itself; ready once it is known what it can. */
async function knownClient(options: ApplicationOptions): Promise<Client> {
  let answers: (request: MultiplexedRequest) => void = echo;
  const client = await clientOf({ ...options, onRequest: (request) => answers(request) });
  await client.get(0);
  await waitFor(() => expect(client.application.asked()).toBe(1));
  await client.get(0);
  answers = options.onRequest ?? (() => undefined);
  return client;
}

/** A client that does not read, and its request, to which 2 MB are sent. */
async function askWithoutReading(
  application: MultiplexingApplication,
): Promise<{ slow: Asked; request: MultiplexedRequest | undefined }> {
  const slow = ask(
    gateway,
    { ...fastCgi(application.endpoint), server: serverOf(application) },
    'never',
  );
  await waitFor(() => expect(application.open.size).toBe(1));
  const [request] = application.open.values();
  request?.send(stdout(HEAD, request.id), stdout(Buffer.alloc(2_000_000, 'z'), request.id));
  return { slow, request };
}

describe('requests to an application that can have several on a connection', () => {
  test('share one', async () => {
    const { application, ask: askOne } = await knownClient({ values: CAN });
    const before = application.connections();
    const asked = Array.from({ length: 20 }, (_, number) => askOne(number));
    await waitFor(() => expect(application.open.size).toBe(20));
    expect(application.connections()).toBeLessThanOrEqual(before + 1);
    const requests = [...application.open.values()];
    expect(new Set(requests.map(({ connection }) => connection)).size).toBe(1);
    for (const request of requests.reverse()) echo(request);
    const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
    expect(outcomes.map(({ body }) => Number(body.toString()))).toEqual(
      Array.from({ length: 20 }, (_, number) => number),
    );
  });

  test('get their own of answers that are mixed', async () => {
    const { application, ask: askOne } = await knownClient({ values: CAN });
    const asked = [askOne(1), askOne(2)];
    await waitFor(() => expect(application.open.size).toBe(2));
    const [first, second] = application.open.values();
    if (first === undefined || second === undefined) throw new Error('two requests are open');
    first.send(stdout(`${HEAD}a`, first.id), stdout(`${HEAD}x`, second.id));
    first.send(stdout('b', first.id), stdout('y', second.id));
    first.end();
    second.end();
    const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
    expect(outcomes.map(({ body }) => body.toString())).toEqual(['ab', 'xy']);
  });

  test('send their bodies side by side', async () => {
    const { ask: askOne } = await knownClient({
      values: CAN,
      onRequest: ({ stdin, answer }) => {
        answer(`${HEAD}${stdin.length} of ${[...new Set(stdin.toString('latin1'))].join('')}`);
      },
    });
    const letters = ['p', 'q', 'r'];
    const asked = letters.map((_, number) =>
      askOne(number, { body: { kind: 'stream', bytes: 1_000_000 } }),
    );
    await Promise.all(
      asked.map((one, number) =>
        one.sendBody(Array.from({ length: 10 }, () => Buffer.alloc(100_000, letters[number]))),
      ),
    );
    const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
    expect(outcomes.map(({ body }) => body.toString())).toEqual([
      '1000000 of p',
      '1000000 of q',
      '1000000 of r',
    ]);
  });

  test('are no more at once than it says', async () => {
    const { application, ask: askOne } = await knownClient({
      values: [
        ['FCGI_MPXS_CONNS', '1'],
        ['FCGI_MAX_REQS', '2'],
      ],
    });
    const asked = Array.from({ length: 5 }, (_, number) => askOne(number));
    let answered = 0;
    while (answered < 5) {
      await waitFor(() => expect(application.open.size).toBeGreaterThan(0));
      expect(application.open.size).toBeLessThanOrEqual(2);
      for (const request of [...application.open.values()]) {
        echo(request);
        answered += 1;
      }
    }
    const outcomes = await Promise.all(asked.map(({ outcome }) => outcome));
    expect(outcomes.map(({ failure }) => failure)).toEqual([null, null, null, null, null]);
  });

  test('come at once and first, and no more connections than it says are opened', async () => {
    const { application, get } = await clientOf({
      values: [
        ['FCGI_MPXS_CONNS', '1'],
        ['FCGI_MAX_CONNS', '2'],
      ],
      onRequest: echo,
    });
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, number) => get(number)));
    expect(outcomes.map(({ body }) => Number(body.toString()))).toEqual(
      Array.from({ length: 30 }, (_, number) => number),
    );
    expect(application.connections()).toBe(2);
  });

  test('are aborted alone when their client goes away', async () => {
    const { application, ask: askOne, get } = await knownClient({ values: CAN });
    const [stays, goes] = [askOne(1), askOne(2)];
    await waitFor(() => expect(application.open.size).toBe(2));
    const connections = application.connections();
    goes.call.abort();
    await waitFor(() => expect(application.aborted).toHaveLength(1));
    for (const request of [...application.open.values()]) echo(request);
    expect((await stays.outcome).body.toString()).toBe('1');
    const next = get(3);
    await waitFor(() => expect(application.open.size).toBe(1));
    for (const request of [...application.open.values()]) echo(request);
    expect((await next).body.toString()).toBe('3');
    expect(application.connections()).toBe(connections);
  });

  test.each<[name: string, code: string, breakIt: (request: MultiplexedRequest) => void]>([
    ['closes', 'HWR_FCGI_CLOSED', (request) => request.closeConnection()],
    ['speaks nonsense', 'HWR_FCGI_VERSION', (request) => request.send(bytes('"nonsense"'))],
  ])('fail together when it %s, and the next one does not', async (_name, code, breakIt) => {
    const { application, ask: askOne, get } = await knownClient({ values: CAN });
    const asked = [askOne(1, { isIdempotent: false }), askOne(2, { isIdempotent: false })];
    await waitFor(() => expect(application.open.size).toBe(2));
    const [first] = application.open.values();
    if (first !== undefined) breakIt(first);
    for (const { outcome } of asked) expect((await outcome).failure).toMatchObject({ code });
    await waitFor(() => expect(application.open.size).toBe(0));
    const next = get(3);
    await waitFor(() => expect(application.open.size).toBe(1));
    for (const request of [...application.open.values()]) echo(request);
    expect((await next).body.toString()).toBe('3');
  });

  test.each([
    { isUsed: false, name: 'is new' },
    { isUsed: true, name: 'has carried others' },
  ])(
    'are sent again each for itself where one ends a connection that $name',
    async ({ isUsed }) => {
      const times = new Map<string, number>();
      const { application, ask: askOne } = await (isUsed ? knownClient : clientOf)({
        values: CAN,
        onRequest: (request) => {
          const number = request.variables.get('NUMBER') ?? '';
          const time = (times.get(number) ?? 0) + 1;
          times.set(number, time);
          if (number === '0') echo(request);
          else if (number === '2') request.closeConnection();
          else if (time > 1) echo(request);
        },
      });
      if (!isUsed) {
        await askOne(0).outcome;
        await waitFor(() => expect(application.asked()).toBe(1));
      }
      const others = [1, 3, 4].map((number) => askOne(number));
      await waitFor(() => expect(application.open.size).toBe(3));
      const post = askOne(5, { isIdempotent: false });
      await waitFor(() => expect(application.open.size).toBe(4));
      const killer = askOne(2);
      expect((await killer.outcome).failure).toMatchObject({ code: 'HWR_FCGI_CLOSED' });
      const outcomes = await Promise.all(others.map(({ outcome }) => outcome));
      expect(outcomes.map(({ body }) => body.toString())).toEqual(['1', '3', '4']);
      expect((await post.outcome).failure).toMatchObject({ code: 'HWR_FCGI_CLOSED' });
      expect(['1', '2', '3', '4', '5'].map((number) => times.get(number))).toEqual([2, 2, 2, 2, 1]);
      expect((await askOne(0).outcome).body.toString()).toBe('0');
    },
  );

  test('go on when a client that did not read does', async () => {
    const { application, ask: askOne } = await knownClient({ values: CAN });
    const { slow, request } = await askWithoutReading(application);
    request?.end();
    await slow.received(256 * 1024);
    const quick = askOne(7);
    await waitFor(() => expect(application.open.size).toBe(1));
    for (const open of [...application.open.values()]) echo(open);
    slow.call.grant(4_000_000);
    expect((await slow.outcome).body).toHaveLength(2_000_000);
    expect((await quick.outcome).body.toString()).toBe('7');
  });

  test('go on when a client that did not read goes away', async () => {
    const { application, ask: askOne } = await knownClient({ values: CAN });
    const { slow, request } = await askWithoutReading(application);
    await slow.received(256 * 1024);
    const quick = askOne(7);
    await waitFor(() => expect(application.open.size).toBe(2));
    for (const open of [...application.open.values()]) if (open !== request) echo(open);
    slow.call.abort();
    expect((await quick.outcome).body.toString()).toBe('7');
  });

  test('stay on a connection that says something of no request', async () => {
    const { application, ask: askOne, get } = await knownClient({ values: CAN });
    const first = askOne(1);
    await waitFor(() => expect(application.open.size).toBe(1));
    const connections = application.connections();
    const [request] = application.open.values();
    // UNKNOWN_TYPE, a record of the whole connection.
    request?.send(bytes('01 0b 0000 0008 00 00', '63 00000000000000'));
    request?.answer(`${HEAD}1`);
    expect((await first.outcome).body.toString()).toBe('1');
    const second = get(2);
    await waitFor(() => expect(application.open.size).toBe(1));
    for (const open of [...application.open.values()]) echo(open);
    expect((await second).body.toString()).toBe('2');
    expect(application.connections()).toBe(connections);
  });
});

function serverOf({ endpoint }: MultiplexingApplication): FastCgiRequest['server'] {
  return makeFastCgiServer({ id: 'APP', connectTo: [endpoint], extensions: [], multiplex: true });
}

describe('requests have connections of their own', () => {
  async function connectionsOf(client: Client): Promise<number> {
    await client.get(0);
    await waitFor(() => expect(client.application.asked()).toBeLessThanOrEqual(1));
    await client.get(0);
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, (_, number) => client.get(number)),
    );
    expect(outcomes.map(({ failure }) => failure)).toEqual([null, null, null, null]);
    return client.application.connections();
  }

  test('where nobody asked for anything else', async () => {
    const client = await clientOf({ values: CAN, onRequest: echo }, false);
    await connectionsOf(client);
    expect(client.application.asked()).toBe(0);
  });

  test('where the application says that it cannot', async () => {
    const values = [['FCGI_MPXS_CONNS', '0']] as const;
    expect(await connectionsOf(await clientOf({ values, onRequest: echo }))).toBeGreaterThan(1);
  });

  test('where the application said that it can, and cannot', async () => {
    const open = new Map<number, number>();
    const client = await clientOf({
      values: CAN,
      onRequest: (request) => {
        const others = open.get(request.connection) ?? 0;
        if (others > 0) {
          request.end(1);
          return;
        }
        open.set(request.connection, others + 1);
        setImmediate(() => {
          open.set(request.connection, 0);
          echo(request);
        });
      },
    });
    await client.get(0);
    await waitFor(() => expect(client.application.asked()).toBe(1));
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, number) => client.get(number)),
    );
    expect(outcomes.map(({ body }) => body.toString())).toEqual(
      Array.from({ length: 12 }, (_, number) => String(number)),
    );
  });
});
