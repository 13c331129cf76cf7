import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../test/support/child-program.ts';
import { MAX_CONNECTIONS, type Peer, type Site } from '../peer.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The configuration that both hiawatha-ts and Hiawatha are started with. */
export function writeHiawathaConfiguration(site: Site): string {
  copyFileSync(join(ROOT, 'samples/hello/mimetype.conf'), join(site.directory, 'mimetype.conf'));
  const path = join(site.directory, 'hiawatha.conf');
  writeFileSync(
    path,
    `ConnectionsTotal = ${MAX_CONNECTIONS}
ConnectionsPerIP = ${MAX_CONNECTIONS}
SystemLogfile = ${site.directory}/system.log
ExploitLogfile = ${site.directory}/exploit.log
PIDfile = ${site.directory}/hiawatha.pid
WorkDirectory = ${site.directory}/work
CGIextension = pl, cgi

Binding {
    Port = ${site.port}
    Interface = 127.0.0.1
    MaxKeepAlive = 1000000000
}

FastCGIserver {
    FastCGIid = echo
    ConnectTo = ${site.echoSocket}
    Extension = echo
}

FastCGIserver {
    FastCGIid = php
    ConnectTo = ${site.phpSocket}
    Extension = php
}

Hostname = 127.0.0.1
WebsiteRoot = ${site.root}
AccessLogfile = none
ErrorLogfile = ${site.directory}/error.log
UseFastCGI = echo, php
ExecuteCGI = yes
`,
  );
  return path;
}

/**
 * @param nodeArguments - For a profile of the server.
 * @param checkout - Another one than this, built.
 */
export function ours(nodeArguments: readonly string[] = [], checkout = ROOT): Peer {
  const command = join(checkout, 'bin/hiawatha-ts.js');
  return {
    name: 'hiawatha-ts',
    program: process.execPath,
    version: { args: [command, '--version'], pattern: /\d+\.\d+\.\d+/ },
    servesFiles: true,
    startsPrograms: true,
    start: (program, site) => {
      const table = join(site.directory, 'compiled.json');
      const configuration = writeHiawathaConfiguration(site);
      execFileSync(program, [command, 'compile', configuration, '-o', table]);
      return startProgram(program, [...nodeArguments, command, 'serve', table], {
        cwd: site.directory,
      });
    },
  };
}
