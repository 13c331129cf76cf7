/**
 * Reaches into the worker threads of a running Node process over its inspector (Chrome DevTools Protocol, domain
 * NodeWorker), to end them the hard way: nothing outside a process can signal one of its threads.
 */

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly sessionId?: string };
}

/** A connection to the inspector of a process. */
export interface WorkerInspector {
  /** Ends every worker thread of the process. @returns how many there were. */
  endWorkerThreads(): Promise<number>;
}

/** @param inspectorUrl - `ws://…` */
export async function openInspector(inspectorUrl: string): Promise<WorkerInspector> {
  const socket = new WebSocket(inspectorUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`cannot connect to ${inspectorUrl}`));
  });
  return { endWorkerThreads: () => endThreads(socket) };
}

/** Ends every worker thread of the process behind an inspector URL. @returns how many there were. */
export async function endWorkerThreads(inspectorUrl: string): Promise<number> {
  const inspector = await openInspector(inspectorUrl);
  return inspector.endWorkerThreads();
}

async function endThreads(socket: WebSocket): Promise<number> {
  const sessions: string[] = [];
  const enabled = Promise.withResolvers<undefined>();
  const detached = Promise.withResolvers<undefined>();
  let gone = 0;
  socket.onmessage = (event) => {
    const reply = JSON.parse(String(event.data)) as Reply;
    if (reply.id === 1) enabled.resolve(undefined);
    if (reply.method === 'NodeWorker.attachedToWorker' && reply.params?.sessionId !== undefined) {
      sessions.push(reply.params.sessionId);
    }
    if (reply.method === 'NodeWorker.detachedFromWorker') {
      gone += 1;
      if (gone >= sessions.length) detached.resolve(undefined);
    }
  };
  socket.send(
    JSON.stringify({
      id: 1,
      method: 'NodeWorker.enable',
      params: { waitForDebuggerOnStart: false },
    }),
  );
  await enabled.promise;
  sessions.forEach((sessionId, index) => {
    const message = JSON.stringify({
      id: 1,
      method: 'Runtime.evaluate',
      params: { expression: 'process.exit(1)' },
    });
    socket.send(
      JSON.stringify({
        id: index + 2,
        method: 'NodeWorker.sendMessageToWorker',
        params: { message, sessionId },
      }),
    );
  });
  if (sessions.length > 0) await detached.promise;
  socket.close();
  return sessions.length;
}
