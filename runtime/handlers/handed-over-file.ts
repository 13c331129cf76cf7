/** Files that an application has the server send in its place: X-Sendfile by path, X-Accel-Redirect by URL. */
import type { RoutingTable } from '../../routing-table/schema.ts';
import { byteStringOf, type ByteString } from '../byte-string.ts';
import type { ResponseHead } from '../gateway/messages.ts';
import type { Site } from '../routing/site.ts';
import { percentDecode } from '../routing/url-path.ts';

/** A file that is sent in the place of an answer; or why it is not. */
export type HandedOverFile =
  | {
      readonly path: ByteString;
      /** What links in the path may not lead out of. */
      readonly root: ByteString;
      /** What it takes over from the answer: names and values in turn. */
      readonly fields: readonly ByteString[];
    }
  | { readonly problem: string };

/** What applications written for X-Accel-Redirect say of the file. Lower case. */
const KEPT_FIELDS: ReadonlySet<string> = new Set([
  'content-type',
  'content-disposition',
  'set-cookie',
  'cache-control',
  'expires',
]);

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
      return fileByUrl(value, head, privateFiles);
    }
  }
  return null;
}

function fileByPath(path: ByteString, site: Site, privateFiles: PrivateFiles): HandedOverFile {
  if (!path.startsWith('/') || isClimbing(path)) {
    return { problem: `X-Sendfile has to be an absolute path without dots: ${path}` };
  }
  // Without a list of directories any file, as in Hiawatha.
  if (privateFiles.length === 0) return { path, root: site.root, fields: [] };
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
    : { path, root, fields: [] };
}

function fileByUrl(
  url: ByteString,
  head: ResponseHead,
  privateFiles: PrivateFiles,
): HandedOverFile {
  const path = percentDecode(url.split('?', 1)[0] ?? '');
  const found = privateFiles.find(({ urlPath }) => path.startsWith(byteStringOf(urlPath)));
  if (found === undefined || isClimbing(path)) {
    return {
      problem: `X-Accel-Redirect names nothing below privateFiles (hiawatha-ts.json): ${url}`,
    };
  }
  const root = withoutSlash(byteStringOf(found.directory));
  const rest = path.slice(byteStringOf(found.urlPath).length);
  const fields = head.fields.filter(([name]) => KEPT_FIELDS.has(name.toLowerCase())).flat();
  return { path: `${root}/${rest}`, root, fields };
}

function isClimbing(path: ByteString): boolean {
  return /\/\.\.?(\/|$)|\0/.test(path);
}

function withoutSlash(path: ByteString): ByteString {
  return path.replace(/\/+$/, '');
}
