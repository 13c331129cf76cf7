/** Configurations for the examples of rules: whole, so that they can be run, and as small as can be. */

const DEFAULT_HOST = 'Hostname = 127.0.0.1\nWebsiteRoot = /var/www/default\n';

/** A binding without TLS. */
export const PLAIN_BINDING = 'Binding {\n    Port = 80\n}\n';

/** A binding with TLS. */
export const TLS_BINDING = 'Binding {\n    Port = 443\n    TLScertFile = site.pem\n}\n';

/** A server without extensions of its own: FastCGIserver with the given lines. */
export function fastCgiServer(...lines: readonly string[]): string {
  return section('FastCGIserver', lines);
}

/** A VirtualHost; `lines` in front of its root. */
export function virtualHost(...lines: readonly string[]): string {
  return section('VirtualHost', [...lines, 'WebsiteRoot = /var/www/site']);
}

/** A Directory section. */
export function directory(...lines: readonly string[]): string {
  return section('Directory', lines);
}

/** A configuration with a plain binding, a default host and the given parts in front. */
export function configuration(...parts: readonly string[]): string {
  return withBindings([PLAIN_BINDING], ...parts);
}

/** A configuration with these bindings. */
export function withBindings(bindings: readonly string[], ...parts: readonly string[]): string {
  return [...bindings, DEFAULT_HOST, ...parts.map((part) => `${part.trimEnd()}\n`)].join('\n');
}

/** A section of the given kind. */
export function section(name: string, lines: readonly string[]): string {
  return `${name} {\n${lines.map((line) => `    ${line}\n`).join('')}}\n`;
}
