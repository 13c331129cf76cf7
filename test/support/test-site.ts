import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readLocalSettings } from '../../compiler/local-settings.ts';
import { serve, type RunningServer, type ServeOptions } from '../../runtime/serve.ts';
import { fakeGateway } from './fake-gateway.ts';
import { makeTable, type TableParts } from './routing-table.ts';

/** Longer than a test may take. */
const NO_HURRY_MS = 120_000;

/** A directory that is removed when the test is over. */
export interface TestDirectory extends AsyncDisposable {
  readonly path: string;
  write(name: string, content: string, mode?: number): string;
  link(name: string, target: string): void;
}

export function makeDirectoryOnDisk(): TestDirectory {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'hiawatha-ts-')));
  return {
    path,
    write(name, content, mode = 0o644) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, 'latin1');
      chmodSync(file, mode);
      return file;
    },
    link(name, target) {
      symlinkSync(target, join(path, name));
    },
    [Symbol.asyncDispose]() {
      rmSync(path, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** A server on a free port of 127.0.0.1, closed when the test is over. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly ports: readonly number[];
  readonly server: RunningServer;
  readonly notices: readonly string[];
}

/** Where time is not what a test is about, a slow machine is no reason to end a request. */
function withoutHurry(parts: TableParts): TableParts {
  return {
    ...parts,
    server: { socketSendTimeoutMs: NO_HURRY_MS, ...parts.server },
    bindings: (parts.bindings ?? [{}]).map((binding) => ({
      timeForFirstRequestMs: NO_HURRY_MS,
      timeForRequestMs: NO_HURRY_MS,
      ...binding,
    })),
    hosts: (parts.hosts ?? [{}]).map((host) => ({ timeForCgiMs: NO_HURRY_MS, ...host })),
  };
}

export async function startServer(
  parts: TableParts,
  options: Partial<ServeOptions> = {},
): Promise<TestServer> {
  const notices: string[] = [];
  const server = await serve(makeTable(withoutHurry(parts)), {
    configDirectory: '/',
    loadLocalSettings: () => Promise.resolve(readLocalSettings),
    gateway: fakeGateway(() => undefined),
    onNotice: (message) => notices.push(message),
    portFor: () => 0,
    ...options,
  });
  const ports = server.addresses.map(({ port }) => port);
  return {
    port: ports[0] ?? 0,
    ports,
    server,
    notices,
    async [Symbol.asyncDispose]() {
      await server.close(0);
    },
  };
}
