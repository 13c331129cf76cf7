import type { Site } from './peer.ts';

const MAX_ATTEMPTS = 500;
const PAUSE_MS = 20;

/**
 * Servers say in different ways, or not at all, that they listen: asks until the echo is answered.
 *
 * @param output - What the server has said, for the error.
 */
export async function untilServed(site: Site, output: () => string): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const status = await fetch(`http://127.0.0.1:${site.port}/hello.echo`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolveLater) => setTimeout(resolveLater, PAUSE_MS));
  }
  throw new Error(`nothing answers on port ${site.port}:\n${output()}`);
}
