import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../test/support/child-program.ts';
import type { Peer } from '../peer.ts';

export const caddy: Peer = {
  name: 'Caddy',
  program: 'caddy',
  version: { args: ['version'], pattern: /\d+\.\d+\.\d+/ },
  servesFiles: true,
  startsPrograms: false,
  start: (program, site) => {
    const path = join(site.directory, 'Caddyfile');
    writeFileSync(
      path,
      `{
  admin off
  auto_https off
}
http://127.0.0.1:${site.port} {
  bind 127.0.0.1
  root * ${site.root}
  @echo path *.echo
  reverse_proxy @echo unix/${site.echoSocket} {
    transport fastcgi {
      split .echo
    }
  }
  php_fastcgi unix/${site.phpSocket}
  file_server
}
`,
    );
    return startProgram(program, ['run', '--config', path, '--adapter', 'caddyfile'], {
      env: { HOME: site.directory, XDG_DATA_HOME: site.directory },
    });
  },
};
