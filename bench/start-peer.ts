import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProgram } from '../test/support/child-program.ts';
import { freePort } from '../test/support/free-port.ts';
import { startEcho, startPhp } from './applications.ts';
import type { Peer, Site } from './peer.ts';
import { untilServed } from './until-served.ts';

/** What all peers serve. */
export interface SharedFiles {
  /** For the peers' own directories. */
  readonly directory: string;
  readonly root: string;
  /** The echo application. */
  readonly echo: string;
}

/**
 * Starts a peer with applications of its own; resolves when it answers.
 *
 * @param index - Names its directory.
 * @param cleanup - Ends all of it.
 */
export async function startPeer(
  peer: Peer,
  program: string,
  index: number,
  { directory, root, echo }: SharedFiles,
  cleanup: AsyncDisposableStack,
): Promise<{ readonly site: Site; readonly server: ChildProgram }> {
  const own = join(directory, String(index));
  mkdirSync(join(own, 'work'), { recursive: true });
  const site: Site = {
    directory: own,
    root,
    port: await freePort(),
    echoSocket: join(own, 'echo.sock'),
    phpSocket: join(own, 'php.sock'),
  };
  cleanup.defer(startEcho(echo, site.echoSocket));
  cleanup.use(await startPhp(own, site.phpSocket));
  const server = cleanup.use(peer.start(program, site));
  await untilServed(site, () => server.output());
  return { site, server };
}
