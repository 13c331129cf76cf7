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

/** The nginx.conf that means the same. */
export function nginxConfiguration(count: number, directory: string, port = PORT): string {
  const lines = [
    `pid ${directory}/nginx.pid;`,
    `error_log ${directory}/error.log;`,
    'events { worker_connections 1024; }',
    'http {',
    '    access_log off;',
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
      '        add_header X-Frame-Options sameorigin;',
      '        location ~ ^(.+\\.php)(/.*)?$ {',
      '            fastcgi_split_path_info ^(.+\\.php)(/.*)$;',
      '            fastcgi_read_timeout 30s;',
      `            fastcgi_pass unix:${directory}/php.sock;`,
      '        }',
      '    }',
    );
  }
  return `${[...lines, '}'].join('\n')}\n`;
}
