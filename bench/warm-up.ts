import { runWrk } from './wrk.ts';

/** Before this many requests V8 has not compiled what matters; on a busy machine they are not waited for forever. */
const ENOUGH_REQUESTS = 60_000;
const MAX_RUNS = 8;
const SECONDS = 3;

/**
 * Has a server answer until it does so as it always will.
 *
 * @param enoughRequests - Fewer where an answer costs much more than what the server does for it.
 */
export async function warmUp(
  url: string,
  connections: number,
  enoughRequests = ENOUGH_REQUESTS,
): Promise<void> {
  let requests = 0;
  for (let run = 0; requests < enoughRequests && run < MAX_RUNS; run += 1) {
    requests += (await runWrk(url, { connections, seconds: SECONDS })).requests;
  }
}
