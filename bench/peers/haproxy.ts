import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../test/support/child-program.ts';
import { FASTCGI_PROCESSES, MAX_CONNECTIONS, type Peer } from '../peer.ts';

export const haproxy: Peer = {
  name: 'HAProxy',
  program: 'haproxy',
  version: { args: ['-v'], pattern: /\d+\.\d+\.\d+/ },
  servesFiles: false,
  startsPrograms: false,
  start: (program, site) => {
    const path = join(site.directory, 'haproxy.cfg');
    writeFileSync(
      path,
      `global
  maxconn ${MAX_CONNECTIONS}
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
# With kept connections this HAProxy stops answering as soon as there are several clients.
fcgi-app site
  docroot ${site.root}
  no option keep-conn
frontend site
  bind 127.0.0.1:${site.port}
  use_backend php if { path_end .php }
  default_backend echo
backend echo
  use-fcgi-app site
  server echo unix@${site.echoSocket} proto fcgi maxconn ${FASTCGI_PROCESSES}
backend php
  use-fcgi-app site
  server php unix@${site.phpSocket} proto fcgi maxconn ${FASTCGI_PROCESSES}
`,
    );
    return startProgram(program, ['-db', '-f', path]);
  },
};
