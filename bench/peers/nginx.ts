import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../test/support/child-program.ts';
import { FASTCGI_PROCESSES, MAX_CONNECTIONS, type Peer, type Site } from '../peer.ts';

const COMMON = { program: 'nginx', version: { args: ['-v'], pattern: /\d+\.\d+\.\d+/ } };

export const nginx: Peer = {
  ...COMMON,
  name: 'nginx, a connection per request',
  servesFiles: true,
  startsPrograms: false,
  start: (program, site) => start(program, site, { isKept: false }),
};

export const nginxKeepAlive: Peer = {
  ...COMMON,
  name: `nginx, keepalive ${FASTCGI_PROCESSES}`,
  servesFiles: true,
  startsPrograms: false,
  start: (program, site) => start(program, site, { isKept: true }),
};

function start(program: string, site: Site, options: { isKept: boolean }) {
  const path = join(site.directory, 'nginx.conf');
  const pool = options.isKept ? `keepalive ${FASTCGI_PROCESSES};` : '';
  writeFileSync(
    path,
    `daemon off;
worker_processes auto;
pid ${site.directory}/nginx.pid;
error_log ${site.directory}/error.log;
events { worker_connections ${MAX_CONNECTIONS}; }
http {
  access_log off;
  keepalive_requests 1000000000;
  default_type text/html;
  fastcgi_temp_path ${site.directory};
  client_body_temp_path ${site.directory};
  upstream echo { server unix:${site.echoSocket}; ${pool} }
  upstream php { server unix:${site.phpSocket}; ${pool} }
  server {
    listen 127.0.0.1:${site.port} backlog=1024;
    root ${site.root};
    index index.html;
    ${options.isKept ? 'fastcgi_keep_conn on;' : ''}
    location ~ \\.echo$ { fastcgi_pass echo; ${FASTCGI_PARAMS} }
    location ~ \\.php$ { fastcgi_pass php; ${FASTCGI_PARAMS} }
  }
}
`,
  );
  return startProgram(program, ['-c', path]);
}

/** The variables of the file fastcgi_params that comes with nginx, which is not everywhere at the same place. */
const FASTCGI_PARAMS = [
  ['SCRIPT_FILENAME', '$document_root$fastcgi_script_name'],
  ['QUERY_STRING', '$query_string'],
  ['REQUEST_METHOD', '$request_method'],
  ['CONTENT_TYPE', '$content_type'],
  ['CONTENT_LENGTH', '$content_length'],
  ['SCRIPT_NAME', '$fastcgi_script_name'],
  ['REQUEST_URI', '$request_uri'],
  ['DOCUMENT_URI', '$document_uri'],
  ['DOCUMENT_ROOT', '$document_root'],
  ['SERVER_PROTOCOL', '$server_protocol'],
  ['REQUEST_SCHEME', '$scheme'],
  ['GATEWAY_INTERFACE', 'CGI/1.1'],
  ['SERVER_SOFTWARE', 'nginx/$nginx_version'],
  ['REMOTE_ADDR', '$remote_addr'],
  ['REMOTE_PORT', '$remote_port'],
  ['SERVER_ADDR', '$server_addr'],
  ['SERVER_PORT', '$server_port'],
  ['SERVER_NAME', '$server_name'],
  ['REDIRECT_STATUS', '200'],
]
  .map(([name, value]) => `fastcgi_param ${name} ${value};`)
  .join(' ');
