import { expect, onTestFinished, test } from 'vitest';
import { connectWithin } from '../../../runtime/worker/connection-pool.ts';
import { holdUp } from '../../support/hold-up.ts';
import { startScriptedServer } from '../../support/scripted-fcgi-server.ts';

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
