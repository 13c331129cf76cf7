/**
 * The thread in which style sheets run (XSLT 1.0, libxslt): a sheet that never ends holds up nobody but itself.
 *
 * libxslt is a WebAssembly module that knows no disk and asks for every file by `fetch`; that of this thread reads files
 * below the directory of the sheet, and nothing else.
 */
import fs, { readFileSync, statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import type { XmlDocument, XsltStylesheet } from 'libxslt-wasm';
import { bytesOf, byteStringOf, type ByteString } from '../byte-string.ts';
import { XSLT_READY, type TransformResult, type TransformTask } from './messages.ts';

/** Stands for the disk in the addresses of documents. */
const ORIGIN = 'http://disk.invalid';
const MAX_REMEMBERED_SHEETS = 50;

/** A sheet, and the files it was made of as they were then. */
interface PreparedSheet {
  readonly sheet: XsltStylesheet;
  readonly files: ReadonlyMap<ByteString, string>;
}

const sheets = new Map<ByteString, PreparedSheet>();
/** What libxslt has to say of the task under way. */
const complaints: string[] = [];
/** The task under way reads files from here. */
let base: ByteString = '/';
let seen = new Map<ByteString, string>();

const fetchBelowBase: typeof fetch = (address) => {
  const url = new URL(address instanceof Request ? address.url : address);
  const path = byteStringOf(decodeURIComponent(url.pathname));
  if (url.origin !== ORIGIN || !path.startsWith(base)) {
    complaints.push(`${url.origin === ORIGIN ? path : url.href} is not below ${base}`);
    return Promise.resolve(new Response(null, { status: 403 }));
  }
  try {
    return Promise.resolve(new Response(new Uint8Array(read(path))));
  } catch {
    complaints.push(`${path} cannot be read`);
    return Promise.resolve(new Response(null, { status: 404 }));
  }
};
globalThis.fetch = fetchBelowBase;
// The module writes what it complains about to the descriptors of the process; of this thread nobody else does.
Reflect.set(fs, 'writeSync', (_: number, text: unknown) => {
  complaints.push(String(text).trim().replaceAll(ORIGIN, ''));
  return 0;
});

// On by default from Node 25; the module cannot wait for a file without it.
const assembly: unknown = Reflect.get(globalThis, 'WebAssembly');
if (!(typeof assembly === 'object' && assembly !== null && 'Suspending' in assembly))
  setFlagsFromString('--experimental-wasm-jspi');
const libxslt = await import('libxslt-wasm');

parentPort?.on('message', (task: TransformTask) => {
  void transform(task).then((result) => parentPort?.postMessage(result));
});
parentPort?.postMessage(XSLT_READY);

async function transform({ xml, sheet, parameters }: TransformTask): Promise<TransformResult> {
  complaints.length = 0;
  base = sheet.slice(0, sheet.lastIndexOf('/') + 1);
  const documents: XmlDocument[] = [];
  try {
    const prepared = await prepare(sheet);
    const document = await libxslt.XmlDocument.from(xml, { url: `${ORIGIN}${base}document.xml` });
    documents.push(document);
    const result = await prepared.apply(document, Object.fromEntries(parameters.map(asExpression)));
    documents.push(result);
    const text = prepared.applyToString(result);
    return { ok: true, body: Buffer.from(text), type: typeOf(sheet, text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = [...complaints.slice(0, 5), reason].join('; ');
    // What the module does not say by itself, such as a stack that is full, has left its memory in no order.
    const isBroken = !(error instanceof Error) || error.constructor !== Error;
    return { ok: false, problem, isBroken };
  } finally {
    for (const document of documents) document.delete();
  }
}

/** A sheet as it is on disk now. */
async function prepare(path: ByteString): Promise<XsltStylesheet> {
  const known = sheets.get(path);
  if (known !== undefined) {
    if ([...known.files].every(([file, stamp]) => stampOf(file) === stamp)) return known.sheet;
    sheets.delete(path);
    known.sheet.delete();
  }
  seen = new Map();
  const sheet = await libxslt.XsltStylesheet.from(read(path), { url: addressOf(path) });
  sheets.set(path, { sheet, files: seen });
  if (sheets.size > MAX_REMEMBERED_SHEETS) {
    for (const [oldest, { sheet: old }] of sheets) {
      sheets.delete(oldest);
      old.delete();
      break;
    }
  }
  return sheet;
}

function read(path: ByteString): Buffer {
  seen.set(path, stampOf(path));
  return readFileSync(bytesOf(path));
}

function stampOf(path: ByteString): string {
  const facts = statSync(bytesOf(path), { throwIfNoEntry: false });
  return facts === undefined ? '' : `${facts.mtimeMs} ${facts.size} ${facts.ino}`;
}

function addressOf(path: ByteString): string {
  const names = Buffer.from(path, 'latin1').toString().split('/');
  return `${ORIGIN}${names.map(encodeURIComponent).join('/')}`;
}

/** A parameter is an expression of XPath, which has no way to write both kinds of quotes in one text. */
function asExpression([name, value]: readonly [string, ByteString]): [string, string] {
  const text = Buffer.from(value.replaceAll('\0', ''), 'latin1').toString();
  if (!text.includes("'")) return [name, `'${text}'`];
  if (!text.includes('"')) return [name, `"${text}"`];
  return [
    name,
    `concat(${text
      .split("'")
      .map((part) => `'${part}'`)
      .join(`,"'",`)})`,
  ];
}

const OUTPUT = /<(?:[\w.-]+:)?output\b([^>]*)>/;

/** What `xsl:output` says, or else what came of it. */
function typeOf(sheet: ByteString, text: string): string {
  const attributes = OUTPUT.exec(readFileSync(bytesOf(sheet), 'utf8'))?.[1] ?? '';
  const valueOf = (name: string): string | undefined =>
    new RegExp(`\\b${name}\\s*=\\s*["']([\\w/+.-]+)["']`).exec(attributes)?.[1];
  const method = valueOf('method') ?? (text.startsWith('<?xml') ? 'xml' : 'html');
  const type = method === 'html' ? 'text/html' : method === 'text' ? 'text/plain' : 'text/xml';
  return `${valueOf('media-type') ?? type}; charset=utf-8`;
}
