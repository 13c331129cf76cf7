/** A FastCGI application with a number of processes, each of which serves one connection until that closes. */
import {
  startScriptedServer,
  type ReceivedRequest,
  type ScriptedConnection,
  type ScriptedServer,
} from './scripted-fcgi-server.ts';

export interface LimitedApplication extends ScriptedServer {
  /** The most that were at work at the same time. */
  mostWorking(): number;
  /** Everything that it got. */
  readonly requests: readonly ReceivedRequest[];
}

/** @param answer - What a process does with a request. */
export async function startLimitedApplication(
  processes: number,
  answer: (connection: ScriptedConnection, request: ReceivedRequest) => Promise<void>,
): Promise<LimitedApplication> {
  const waiting: (() => void)[] = [];
  const requests: ReceivedRequest[] = [];
  let free = processes;
  let working = 0;
  let most = 0;
  const server = await startScriptedServer(async (connection) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    for (;;) {
      const request = await connection.request();
      if (request === null) break;
      requests.push(request);
      working += 1;
      most = Math.max(most, working);
      await answer(connection, request);
      working -= 1;
    }
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  });
  return { ...server, requests, mostWorking: () => most };
}
