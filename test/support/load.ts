import { Agent, request } from 'node:http';

export interface LoadOptions {
  readonly requests: number;
  readonly concurrency: number;
  /** Addresses of 127.0.0.0/8 that the clients come from, in turn; the balancer sees that many clients. */
  readonly clientAddresses?: readonly string[];
  /** Whether a connection is used for many requests; it is when left out. */
  readonly isKeptAlive?: boolean;
  /** Called with the number of answers so far, after each. */
  readonly onAnswer?: (answers: number) => void;
}

export interface LoadResult {
  /** What was not a 200: the status with the body, or the error of the connection. */
  readonly failures: readonly string[];
  /** How often each body came. */
  readonly bodies: ReadonlyMap<string, number>;
}

/** Sends GET requests over kept-alive connections and reads every answer whole. */
export async function runLoad(url: string, options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({
    keepAlive: options.isKeptAlive ?? true,
    maxSockets: options.concurrency,
  });
  const addresses = options.clientAddresses ?? ['127.0.0.1'];
  const failures: string[] = [];
  const bodies = new Map<string, number>();
  let started = 0;
  let answers = 0;

  const client = async (): Promise<void> => {
    while (started < options.requests) {
      const address = addresses[started % addresses.length] ?? '127.0.0.1';
      started += 1;
      try {
        const { status, body } = await get(url, agent, address);
        if (status === 200) bodies.set(body, (bodies.get(body) ?? 0) + 1);
        else failures.push(`${status} ${body}`);
      } catch (error) {
        failures.push(String(error));
      }
      answers += 1;
      options.onAnswer?.(answers);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, client));
  agent.destroy();
  return { failures, bodies };
}

function get(
  url: string,
  agent: Agent,
  localAddress: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, localAddress }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}
