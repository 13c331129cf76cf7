import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../../test/support/child-program.ts';
import type { Peer } from '../peer.ts';

const MODULES = ['mpm_event', 'authz_core', 'mime', 'dir', 'proxy', 'proxy_fcgi', 'cgid'];

export const apache: Peer = {
  name: 'Apache, event and mod_proxy_fcgi',
  program: 'apache2',
  version: { args: ['-v'], pattern: /\d+\.\d+\.\d+/ },
  servesFiles: true,
  startsPrograms: true,
  start: (program, site) => {
    const path = join(site.directory, 'apache2.conf');
    // Beside the program: /usr/sbin/apache2 and /usr/lib/apache2/modules.
    const modules = join(program, '../../lib/apache2/modules');
    if (!existsSync(modules)) throw new Error(`no modules of Apache in ${modules}`);
    mkdirSync(join(site.directory, 'run'), { recursive: true });
    writeFileSync(
      path,
      `ServerRoot ${site.directory}
ServerName 127.0.0.1
DefaultRuntimeDir ${site.directory}/run
PidFile ${site.directory}/apache2.pid
ErrorLog ${site.directory}/error.log
Listen 127.0.0.1:${site.port}
${MODULES.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
TypesConfig /dev/null
AddType text/html .html
ScriptSock ${site.directory}/run/cgid.sock
AddHandler cgi-script .pl .cgi
MaxKeepAliveRequests 0
KeepAlive On
DocumentRoot ${site.root}
DirectoryIndex index.html
<Directory ${site.root}>
  Require all granted
  Options +ExecCGI
</Directory>
<FilesMatch "\\.echo$">
  SetHandler "proxy:unix:${site.echoSocket}|fcgi://echo"
</FilesMatch>
<FilesMatch "\\.php$">
  SetHandler "proxy:unix:${site.phpSocket}|fcgi://php"
</FilesMatch>
`,
    );
    return startProgram(program, ['-D', 'FOREGROUND', '-f', path]);
  },
};
