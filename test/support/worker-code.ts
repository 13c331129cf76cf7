/** Runs code in the worker threads of this process, over its inspector (domain NodeWorker), to make them misbehave. */
import { Session } from 'node:inspector';

interface Attached {
  readonly params: { readonly sessionId: string };
}

/** Starts an expression in each worker thread and does not wait for its end, which may never come. */
export async function runInWorkers(expression: string): Promise<number> {
  const session = new Session();
  session.connect();
  const sessions: string[] = [];
  session.on('NodeWorker.attachedToWorker', ({ params }: Attached) => {
    sessions.push(params.sessionId);
  });
  await post(session, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
  for (const sessionId of sessions) {
    await post(session, 'NodeWorker.sendMessageToWorker', { sessionId, message });
  }
  session.disconnect();
  return sessions.length;
}

function post(session: Session, method: string, params: object): Promise<void> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
