import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Both ends of a connection; what the client gets is Latin-1 text. Each may go on when the other has ended. */
export async function connectedSockets(): Promise<{
  readonly server: Socket;
  readonly client: Socket;
}> {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  client.setEncoding('latin1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  return { server, client };
}
