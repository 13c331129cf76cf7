import { expect, onTestFinished, test } from 'vitest';
import { ConnectionPool, connectWithin } from '../../../runtime/worker/connection-pool.ts';
import { Connection } from '../../../runtime/worker/connection.ts';
import { holdUp } from '../../support/hold-up.ts';
import { startScriptedServer } from '../../support/scripted-fcgi-server.ts';
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

test('ConnectionPool finds out that connections stay where nothing comes but what must not be sent twice', async () => {
  const server = await startScriptedServer(() => undefined);
  const pool = new ConnectionPool(() => undefined);
  onTestFinished(async () => {
    pool.close();
    await server.close();
  });
  const connect = (): Promise<Connection> =>
    new Promise((resolve, reject) => {
      Connection.open(server.endpoint, { onConnected: resolve, onConnectError: reject });
    });
  const takeFresh = async (): Promise<Connection | null> => {
    pool.keep(await connect());
    return pool.takeForOnce(server.endpoint);
  };
  await waitFor(async () => {
    expect(await takeFresh()).not.toBeNull();
  });
});
