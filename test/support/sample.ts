import { chownSync, cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type RunningServer, type ServerOptions, startServer } from './running-server.ts';
import { createTemporaryDirectory } from './temporary-directory.ts';

const SAMPLES = join(import.meta.dirname, '../../samples');

/** A copy of a sample, as a user would make one. */
export interface Sample extends Disposable {
  readonly directory: string;
  readonly port: number;
  /** Replaces text in one of its files. @throws Error when it is not there, so that no edit is lost. */
  edit(file: string, from: string, to: string): void;
  serve(options?: ServerOptions): Promise<RunningServer>;
}

/** Copies a sample and gives it a port that is free. Nothing else differs from what the user gets. */
export async function copySample(name: string): Promise<Sample> {
  const temporary = createTemporaryDirectory();
  const directory = temporary.path;
  cpSync(join(SAMPLES, name), directory, { recursive: true });
  const port = await freePort();
  const sample: Sample = {
    directory,
    port,
    edit: (file, from, to) => {
      const path = join(directory, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${name}/${file} does not contain "${from}"`);
      writeFileSync(
        path,
        text.replaceAll(from, () => to),
      );
    },
    serve: (options) => startServer(join(directory, 'hiawatha.conf'), port, options),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
  sample.edit('hiawatha.conf', 'Port = 8080', `Port = ${port}`);
  return sample;
}

/** Gives a tree to the account that php-fpm changes to; an ordinary user owns it already. */
export function giveToApplication(directory: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = applicationAccount();
  for (const path of ['.', ...globSync('**/*', { cwd: directory })]) {
    chownSync(join(directory, path), uid, gid);
  }
}

/** User and group of the account that the samples name. */
export function applicationAccount(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('www-data:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no account www-data');
  return { uid: Number(uid), gid: Number(gid) };
}
