import { runWrk } from './wrk.ts';

/** Before this many requests V8 has not compiled what matters; on a busy machine they are not waited for forever. */
const MIN_REQUESTS = 60_000;
const MAX_RUNS = 8;
const SECONDS = 3;

/** Has a server answer until it does so as it always will. */
export async function warmUp(url: string, connections: number): Promise<void> {
  let requests = 0;
  for (let run = 0; requests < MIN_REQUESTS && run < MAX_RUNS; run += 1) {
    requests += (await runWrk(url, { connections, seconds: SECONDS })).requests;
  }
}
