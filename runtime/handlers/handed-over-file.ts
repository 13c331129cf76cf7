/** Files that an application has the server send in its place: X-Sendfile by path, X-Accel-Redirect by URL. */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { ResponseHead } from '../gateway/messages.ts';
import type { Site } from '../routing/site.ts';

/** A file, and the directory that links in its path may not lead out of; or why it is not sent. */
export type HandedOverFile =
  { readonly path: ByteString; readonly root: ByteString } | { readonly problem: string };

type PrivateFiles = RoutingTable['server']['privateFiles'];

/** The file that an answer asks for; null where it asks for none. */
export function handedOverFile(
  head: ResponseHead,
  site: Site,
  privateFiles: PrivateFiles,
): HandedOverFile | null {
  for (const [name, value] of head.instructions) {
    if (name === 'x-sendfile') return fileByPath(value, site, privateFiles);
    // Elsewhere it means nothing, and must not.
    if (name === 'x-accel-redirect' && privateFiles.length > 0) {
      return fileByUrl(value, privateFiles);
    }
  }
  return null;
}

function fileByPath(path: ByteString, site: Site, privateFiles: PrivateFiles): HandedOverFile {
  if (!path.startsWith('/') || isClimbing(path)) {
    return { problem: `X-Sendfile has to be an absolute path without dots: ${path}` };
  }
  // Without a list of directories any file, as in Hiawatha.
  if (privateFiles.length === 0) return { path, root: site.root };
  const roots = [
    site.root,
    ...site.host.aliases.map(({ target }) => byteStringOf(target)),
    ...privateFiles.map(({ directory }) => byteStringOf(directory)),
  ].map(withoutSlash);
  const root = roots.find((one) => path.startsWith(`${one}/`));
  return root === undefined
    ? {
        problem: `X-Sendfile names a file that is neither below the website root nor below a directory of privateFiles (hiawatha-ts.json): ${path}`,
      }
    : { path, root };
}

function fileByUrl(url: ByteString, privateFiles: PrivateFiles): HandedOverFile {
  const path = decoded(url.split('?', 1)[0] ?? '');
  const found = privateFiles.find(({ urlPath }) => path.startsWith(byteStringOf(urlPath)));
  if (found === undefined || isClimbing(path)) {
    return {
      problem: `X-Accel-Redirect names nothing below privateFiles (hiawatha-ts.json): ${url}`,
    };
  }
  const root = withoutSlash(byteStringOf(found.directory));
  const rest = path.slice(byteStringOf(found.urlPath).length);
  return { path: `${root}/${rest}`, root };
}

function isClimbing(path: ByteString): boolean {
  return /\/\.\.?(\/|$)|\0/.test(path);
}

function withoutSlash(path: ByteString): ByteString {
  return path.replace(/\/+$/, '');
}

/** Escapes become bytes; broken ones stay. */
function decoded(text: ByteString): ByteString {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
