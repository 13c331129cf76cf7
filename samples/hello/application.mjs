// @ts-check
/**
 * A FastCGI application in plain Node: one process that stays and fills in templates.
 *
 * The web server connects, sends the CGI variables and the body of a request in records, and reads the answer in
 * records (FastCGI 1.0 §3.3, §5). This is the whole of what a responder needs.
 *
 *   node application.mjs /tmp/hiawatha-hello/pages.sock
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { URLSearchParams, pathToFileURL } from 'node:url';

const BEGIN_REQUEST = 1;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const STDERR = 7;
const KEEP_CONNECTION = 1;
const HEADER_BYTES = 8;
const MAX_CONTENT_BYTES = 65_535;

/**
 * What lives as long as the process: this is what a CGI script cannot have.
 *
 * @type {{ requests: number, startedAt: Date, names: string[] }}
 */
const memory = { requests: 0, startedAt: new Date(), names: [] };

/**
 * Listens on a Unix socket; resolves when a web server may connect.
 *
 * @param {string} socketPath
 */
export async function startApplication(socketPath) {
  const listener = createServer(serveConnection);
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  listener.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve, reject) => {
    listener.once('error', reject);
    // A web server that was started as root connects as another user.
    const place = { path: socketPath, readableAll: true, writableAll: true };
    listener.listen(place, () => resolve(undefined));
  });
  return {
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * @typedef {object} Request
 * @property {boolean} isConnectionKept
 * @property {Buffer[]} params
 * @property {Buffer[]} body
 */

/** @param {import('node:net').Socket} socket */
function serveConnection(socket) {
  /** @type {Map<number, Request>} */
  const requests = new Map();
  let received = Buffer.alloc(0);

  socket.on('error', () => socket.destroy());
  socket.on('data', (/** @type {Buffer} */ bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= HEADER_BYTES) {
      const type = received.readUInt8(1);
      const id = received.readUInt16BE(2);
      const contentEnd = HEADER_BYTES + received.readUInt16BE(4);
      const recordEnd = contentEnd + received.readUInt8(6);
      if (received.length < recordEnd) return;
      const content = Buffer.from(received.subarray(HEADER_BYTES, contentEnd));
      received = received.subarray(recordEnd);
      takeRecord(type, id, content);
    }
  });

  /** @type {(type: number, id: number, content: Buffer) => void} */
  function takeRecord(type, id, content) {
    if (type === BEGIN_REQUEST) {
      const isConnectionKept = (content.readUInt8(2) & KEEP_CONNECTION) !== 0;
      requests.set(id, { isConnectionKept, params: [], body: [] });
      return;
    }
    const request = requests.get(id);
    if (request === undefined) return;
    if (type === PARAMS) request.params.push(content);
    if (type !== STDIN) return;
    if (content.length > 0) {
      request.body.push(content);
      return;
    }
    // An empty STDIN record ends the body: the request is complete.
    requests.delete(id);
    void finish(id, request);
  }

  /** @type {(id: number, request: Request) => Promise<void>} */
  async function finish(id, request) {
    const variables = decodePairs(Buffer.concat(request.params));
    const answer = await respond(variables, Buffer.concat(request.body).toString('utf8'));
    const endOfRequest = record(END_REQUEST, id, Buffer.alloc(8));
    const records = [...stream(STDERR, id, answer.log), ...stream(STDOUT, id, answer.output)];
    socket.write(Buffer.concat([...records, endOfRequest]));
    if (!request.isConnectionKept) socket.end();
  }
}

/**
 * Name-value pairs (FastCGI 1.0 §3.4): a length is one byte, or four with the highest bit set.
 *
 * @param {Buffer} bytes
 */
function decodePairs(bytes) {
  /** @type {Map<string, string>} */
  const pairs = new Map();
  let at = 0;
  const length = () => {
    if (bytes.readUInt8(at) < 128) return bytes.readUInt8(at++);
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fff_ffff;
  };
  while (at < bytes.length) {
    const nameBytes = length();
    const valueBytes = length();
    const name = bytes.toString('utf8', at, at + nameBytes);
    at += nameBytes;
    pairs.set(name, bytes.toString('utf8', at, at + valueBytes));
    at += valueBytes;
  }
  return pairs;
}

/** @type {(type: number, id: number, content: Buffer) => Buffer} */
function record(type, id, content) {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(1, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(id, 2);
  header.writeUInt16BE(content.length, 4);
  return Buffer.concat([header, content]);
}

/**
 * A stream is any number of records and an empty one at the end; a stream without content may be left out.
 *
 * @type {(type: number, id: number, text: string) => Buffer[]}
 */
function stream(type, id, text) {
  if (text === '') return [];
  const bytes = Buffer.from(text, 'utf8');
  const records = [];
  for (let at = 0; at < bytes.length; at += MAX_CONTENT_BYTES) {
    records.push(record(type, id, bytes.subarray(at, at + MAX_CONTENT_BYTES)));
  }
  return [...records, record(type, id, Buffer.alloc(0))];
}

/**
 * The application itself: the file that the URL names is a template; `{{name}}` becomes a value.
 *
 * @type {(variables: Map<string, string>, body: string) => Promise<{ output: string, log: string }>}
 */
async function respond(variables, body) {
  memory.requests += 1;
  const name = new URLSearchParams(body).get('name')?.trim().slice(0, 40) ?? '';
  if (name !== '') memory.names = [name, ...memory.names].slice(0, 5);

  const file = variables.get('SCRIPT_FILENAME') ?? '';
  let template;
  try {
    template = await readFile(file, 'utf8');
  } catch {
    return {
      output: 'Status: 404 Not Found\r\nContent-Type: text/plain\r\n\r\nThere is no such page.\n',
      log: `cannot read ${file}\n`,
    };
  }

  /** @type {Record<string, string>} */
  const values = {
    requests: String(memory.requests),
    started: memory.startedAt.toISOString().slice(0, 19).replace('T', ' '),
    process: String(process.pid),
    names: memory.names.length === 0 ? 'nobody yet' : memory.names.join(', '),
    method: variables.get('REQUEST_METHOD') ?? '',
    uri: variables.get('REQUEST_URI') ?? '',
    script: file,
    client: variables.get('REMOTE_ADDR') ?? '',
  };
  const page = template.replace(/\{\{(\w+)\}\}/g, (_, key) => escapeHtml(values[key] ?? ''));
  return { output: `Content-Type: text/html; charset=utf-8\r\n\r\n${page}`, log: '' };
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const [, program, socketPath] = process.argv;
if (program !== undefined && import.meta.url === pathToFileURL(program).href) {
  if (socketPath === undefined) {
    console.error('usage: node application.mjs SOCKET');
    process.exitCode = 2;
  } else {
    await startApplication(socketPath);
    console.log(`waiting for requests on ${socketPath}`);
  }
}
