import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../test/support/child-program.ts';
import { MAX_CONNECTIONS, type Peer } from '../peer.ts';

export const lighttpd: Peer = {
  name: 'lighttpd',
  program: 'lighttpd',
  version: { args: ['-v'], pattern: /\d+\.\d+\.\d+/ },
  servesFiles: true,
  startsPrograms: true,
  start: (program, site) => {
    const path = join(site.directory, 'lighttpd.conf');
    writeFileSync(
      path,
      `server.modules = ( "mod_fastcgi", "mod_cgi" )
server.bind = "127.0.0.1"
server.port = ${site.port}
server.document-root = "${site.root}"
server.errorlog = "${site.directory}/error.log"
server.upload-dirs = ( "${site.directory}" )
server.max-connections = ${MAX_CONNECTIONS}
server.max-fds = ${MAX_CONNECTIONS * 4}
server.max-keep-alive-requests = 1000000000
server.max-worker = 0
index-file.names = ( "index.html" )
mimetype.assign = ( ".html" => "text/html" )
static-file.exclude-extensions = ( ".php", ".echo", ".pl", ".cgi" )
cgi.assign = ( ".pl" => "", ".cgi" => "" )
fastcgi.server = (
  ".echo" => (( "socket" => "${site.echoSocket}", "check-local" => "disable" )),
  ".php" => (( "socket" => "${site.phpSocket}" ))
)
`,
    );
    return startProgram(program, ['-D', '-f', path]);
  },
};
