/** The same sites for two servers, to see what each takes to read them. */

const PORT = 8080;

/** A hiawatha.conf with a default host and `count` virtual hosts, eleven lines each. */
export function hiawathaConfiguration(count: number, directory: string, port = PORT): string {
  const lines = [
    `SystemLogfile = ${directory}/system.log`,
    'ConnectionsTotal = 1024',
    'ConnectionsPerIP = 1024',
    'Binding {',
    `    Port = ${port}`,
    '    Interface = 127.0.0.1',
    '    MaxKeepAlive = 1000000000',
    '}',
    'FastCGIserver {',
    '    FastCGIid = php',
    `    ConnectTo = ${directory}/php.sock`,
    '    Extension = php',
    '}',
    'Hostname = 127.0.0.1',
    `WebsiteRoot = ${directory}/www`,
    'AccessLogfile = none',
    `ErrorLogfile = ${directory}/error.log`,
  ];
  for (let number = 1; number <= count; number += 1) {
    lines.push(
      'VirtualHost {',
      `    Hostname = site${number}.example, www.site${number}.example`,
      `    WebsiteRoot = ${directory}/www`,
      '    StartFile = index.html',
      '    AccessLogfile = none',
      `    ErrorLogfile = ${directory}/error.log`,
      '    UseFastCGI = php',
      '    TimeForCGI = 30',
      '    EnablePathInfo = yes',
      '    CustomHeaderClient = X-Frame-Options: sameorigin',
      '}',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** What nginx gives an application only where it is told to, as Hiawatha does by itself; from Debian's fastcgi_params. */
const FASTCGI_PARAMETERS = [
  ['QUERY_STRING', '$query_string'],
  ['REQUEST_METHOD', '$request_method'],
  ['CONTENT_TYPE', '$content_type'],
  ['CONTENT_LENGTH', '$content_length'],
  ['SCRIPT_FILENAME', '$document_root$fastcgi_script_name'],
  ['SCRIPT_NAME', '$fastcgi_script_name'],
  ['PATH_INFO', '$fastcgi_path_info'],
  ['REQUEST_URI', '$request_uri'],
  ['DOCUMENT_ROOT', '$document_root'],
  ['SERVER_PROTOCOL', '$server_protocol'],
  ['REQUEST_SCHEME', '$scheme'],
  ['HTTPS', '$https if_not_empty'],
  ['GATEWAY_INTERFACE', 'CGI/1.1'],
  ['SERVER_SOFTWARE', 'nginx/$nginx_version'],
  ['REMOTE_ADDR', '$remote_addr'],
  ['REMOTE_PORT', '$remote_port'],
  ['REMOTE_USER', '$remote_user'],
  ['SERVER_ADDR', '$server_addr'],
  ['SERVER_PORT', '$server_port'],
  ['SERVER_NAME', '$server_name'],
  ['REDIRECT_STATUS', '200'],
].map(([name = '', value = '']) => `fastcgi_param ${name} ${value};`);

/** Where the parameters of applications stand. */
export type ParameterPlace =
  /** In a file that each location includes: how Debian's site of nginx and the manual of PHP do it. */
  | 'each location'
  /** Once, for all sites: the least that works, in a form that few use. */
  | 'once';

/** The nginx.conf that means the same, and what it includes in `DIRECTORY/fastcgi_params`. */
export function nginxConfiguration(
  count: number,
  directory: string,
  parameters: ParameterPlace,
  port = PORT,
): { readonly text: string; readonly included: string } {
  const include = `include ${directory}/fastcgi_params;`;
  const lines = [
    `pid ${directory}/nginx.pid;`,
    `error_log ${directory}/error.log;`,
    'events { worker_connections 1024; }',
    'http {',
    '    access_log off;',
    ...(parameters === 'once' ? [`    ${include}`] : []),
    '    server_names_hash_max_size 65536;',
    '    server_names_hash_bucket_size 128;',
    `    server { listen 127.0.0.1:${port} default_server; server_name 127.0.0.1; root ${directory}/www; }`,
  ];
  for (let number = 1; number <= count; number += 1) {
    lines.push(
      '    server {',
      `        listen 127.0.0.1:${port};`,
      `        server_name site${number}.example www.site${number}.example;`,
      `        root ${directory}/www;`,
      '        index index.html;',
      '        access_log off;',
      `        error_log ${directory}/error.log;`,
      '        add_header X-Frame-Options sameorigin;',
      '        location ~ ^(.+\\.php)(/.*)?$ {',
      '            fastcgi_split_path_info ^(.+\\.php)(/.*)$;',
      '            fastcgi_read_timeout 30s;',
      ...(parameters === 'each location' ? [`            ${include}`] : []),
      `            fastcgi_pass unix:${directory}/php.sock;`,
      '        }',
      '    }',
    );
  }
  return {
    text: `${[...lines, '}'].join('\n')}\n`,
    included: `${FASTCGI_PARAMETERS.join('\n')}\n`,
  };
}
