import { describe, expect, onTestFinished, test } from 'vitest';
import { ConnectionPool, connectWithin } from '../../../runtime/worker/connection-pool.ts';
import { Connection } from '../../../runtime/worker/connection.ts';
import { holdUp } from '../../support/hold-up.ts';
import {
  startScriptedServer,
  type ScriptedConnection,
} from '../../support/scripted-fcgi-server.ts';
import { waitFor } from '../../support/wait-for.ts';

test('connectWithin has a connection that was made while its thread was held up', async () => {
  const server = await startScriptedServer(() => undefined);
  onTestFinished(() => server.close());
  const outcome = await new Promise<string>((resolve) => {
    connectWithin(server.endpoint, 50, {
      onConnected: (connection) => {
        connection.destroy();
        resolve('connected');
      },
      onConnectError: resolve,
    });
    // The system connects in the next turn.
    process.nextTick(() => holdUp(200));
  });
  expect(outcome).toBe('connected');
});

/** A pool, and an application that closes its connections when it is asked to. */
async function makePool() {
  const taken: ScriptedConnection[] = [];
  const server = await startScriptedServer((connection) => {
    taken.push(connection);
  });
  let lost = 0;
  const pool = new ConnectionPool((_endpoint, count) => {
    lost += count;
  });
  onTestFinished(async () => {
    pool.close();
    await server.close();
  });
  const { endpoint } = server;
  const open = (): Promise<Connection> =>
    new Promise((resolve, reject) => {
      Connection.open(endpoint, { onConnected: resolve, onConnectError: reject });
    });
  return {
    pool,
    endpoint,
    open,
    /** The application closes a connection that is idle. */
    loseOne: async (): Promise<void> => {
      const before = lost;
      taken.length = 0;
      pool.keep(await open());
      await waitFor(() => expect(taken).toHaveLength(1));
      taken[0]?.close();
      await waitFor(() => expect(lost).toBe(before + 1));
    },
  };
}

describe('a request that must not be sent twice', () => {
  test('gets a connection that has just become free', async () => {
    const { pool, endpoint, open } = await makePool();
    const connection = await open();
    pool.keep(connection);
    expect(pool.takeForOnce(endpoint)).toBe(connection);
  });

  test('gets none, where the application has just closed one that it was to keep', async () => {
    const { pool, endpoint, open, loseOne } = await makePool();
    // On a slow machine that may be long ago.
    await waitFor(async () => {
      await loseOne();
      const young = await open();
      pool.keep(young);
      expect(pool.takeForOnce(endpoint)).toBeNull();
      await waitFor(() => expect(young.isClosed).toBe(true));
    });
  });

  test('gets one then that has been idle for a while', async () => {
    const { pool, endpoint, open } = await makePool();
    // On a slow machine it may have been idle for too long.
    await waitFor(async () => {
      const connection = await open();
      pool.keep(connection);
      const since = performance.now();
      await waitFor(() => expect(performance.now() - since).toBeGreaterThan(100), 10);
      pool.noteClosed(endpoint);
      expect(pool.takeForOnce(endpoint)).toBe(connection);
    });
  });
});
