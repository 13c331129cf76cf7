/**
 * What the FastCGI codec costs: records and bytes per second, and what one request allocates.
 *
 * Run: `npm run bench:codec`
 */
import { packVariables } from '../runtime/cgi/packed-variables.ts';
import { ResponseHeadReader } from '../runtime/cgi/response-head.ts';
import { RecordDecoder } from '../runtime/fastcgi/decode.ts';
import { encodeRecord, encodeRequestStart, encodeStdin } from '../runtime/fastcgi/encode.ts';

const ROUND_MS = 400;
const ROUNDS = 5;

/** The variables of an ordinary request of a browser. */
const VARIABLES: [string, string][] = [
  ['GATEWAY_INTERFACE', 'CGI/1.1'],
  ['REQUEST_METHOD', 'GET'],
  ['REQUEST_URI', '/index.php?page=start&lang=en'],
  ['SCRIPT_NAME', '/index.php'],
  ['SCRIPT_FILENAME', '/var/www/www.example.org/public/index.php'],
  ['DOCUMENT_ROOT', '/var/www/www.example.org/public'],
  ['REMOTE_ADDR', '192.0.2.17'],
  ['QUERY_STRING', 'page=start&lang=en'],
  ['SERVER_PORT', '443'],
  ['SERVER_NAME', 'www.example.org'],
  ['SERVER_PROTOCOL', 'HTTP/1.1'],
  ['SERVER_SOFTWARE', 'hiawatha-ts'],
  ['SERVER_ADDR', '198.51.100.4'],
  ['REDIRECT_STATUS', '200'],
  ['HTTP_HOST', 'www.example.org'],
  ['HTTP_USER_AGENT', `Mozilla/5.0 ${'x'.repeat(80)}`],
  ['HTTP_ACCEPT', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['HTTP_ACCEPT_LANGUAGE', 'en-GB,en;q=0.5'],
  ['HTTP_ACCEPT_ENCODING', 'gzip, deflate, br'],
  ['HTTP_COOKIE', `session=${'a'.repeat(160)}`],
  ['HTTP_CONNECTION', 'keep-alive'],
  ['HTTP_SCHEME', 'https'],
  ['HTTPS', 'on'],
];

const NO_BYTES = new Uint8Array(0);
const PACKED = packVariables(VARIABLES);
const HEAD = Buffer.from(
  'Status: 200 OK\r\nX-Powered-By: PHP/8.2\r\nContent-type: text/html; charset=UTF-8\r\n' +
    'Set-Cookie: a=b; path=/; HttpOnly\r\nCache-Control: no-store\r\n\r\n',
);

function record(type: 'stdout', size: number): Buffer {
  return encodeRecord({ type, requestId: 1, content: Buffer.alloc(size, 'x') });
}

const END = encodeRecord({ type: 'end-request', requestId: 1, appStatus: 0, protocolStatus: 0 });
const SMALL_ANSWER = Buffer.concat([record('stdout', 200), END]);
const TINY_RECORDS = Buffer.concat(Array.from({ length: 1000 }, () => record('stdout', 8)));
const LARGE_RECORDS = Buffer.concat(Array.from({ length: 16 }, () => record('stdout', 65_528)));
const BODY = Buffer.alloc(1024 * 1024, 'x');

function decodeAll(bytes: Uint8Array): number {
  const decoder = new RecordDecoder();
  decoder.push(bytes);
  let records = 0;
  while (decoder.next() !== null) records += 1;
  return records;
}

interface Work {
  readonly name: string;
  /** Does the work once. @returns how many records it was. */
  run(): number;
  readonly bytes: number;
}

const WORKS: readonly Work[] = [
  {
    name: 'pack the variables of a request',
    run: () => (packVariables(VARIABLES).length > 0 ? 1 : 0),
    bytes: PACKED.length,
  },
  {
    name: 'encode a request without body',
    run: () => {
      encodeRequestStart({
        requestId: 1,
        isConnectionKept: true,
        variables: PACKED,
        stdin: NO_BYTES,
      });
      return 4;
    },
    bytes: PACKED.length + 40,
  },
  {
    name: 'encode 1 MB of STDIN',
    run: () => encodeStdin(1, BODY).length / 2,
    bytes: BODY.length,
  },
  { name: 'decode a small answer', run: () => decodeAll(SMALL_ANSWER), bytes: SMALL_ANSWER.length },
  {
    name: 'decode 1000 records of 8 bytes',
    run: () => decodeAll(TINY_RECORDS),
    bytes: TINY_RECORDS.length,
  },
  {
    name: 'decode 16 records of 65528 bytes',
    run: () => decodeAll(LARGE_RECORDS),
    bytes: LARGE_RECORDS.length,
  },
  {
    name: 'parse a response head',
    run: () => (new ResponseHeadReader().push(HEAD) === null ? 0 : 1),
    bytes: HEAD.length,
  },
];

interface Figure {
  readonly perSecond: number;
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

function measure(work: Work): Figure {
  const figures = Array.from({ length: ROUNDS }, (): Figure => {
    const startedMs = performance.now();
    let times = 0;
    let records = 0;
    let tookMs = 0;
    while (tookMs < ROUND_MS) {
      for (let repeat = 0; repeat < 50; repeat += 1) records += work.run();
      times += 50;
      tookMs = performance.now() - startedMs;
    }
    const perSecond = (times / tookMs) * 1000;
    return {
      perSecond,
      recordsPerSecond: (records / tookMs) * 1000,
      bytesPerSecond: perSecond * work.bytes,
    };
  });
  figures.sort((a, b) => a.perSecond - b.perSecond);
  const [median] = figures.slice(ROUNDS >> 1);
  if (median === undefined) throw new Error('no round was run');
  return median;
}

/** Bytes of heap and of buffers that one run allocates, or null without `--expose-gc`. */
function allocationOf(work: Work): number | null {
  const collect = globalThis.gc;
  if (collect === undefined) return null;
  const times = 200;
  work.run();
  collect();
  const before = process.memoryUsage();
  for (let repeat = 0; repeat < times; repeat += 1) work.run();
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers;
  return Math.max(0, Math.round(bytes / times));
}

const millions = (value: number): string => (value / 1e6).toFixed(2).padStart(10);

console.log(
  `${'work'.padEnd(36)}${'M runs/s'.padStart(10)}${'M rec/s'.padStart(10)}${'MB/s'.padStart(10)}${'B alloc'.padStart(10)}`,
);
for (const work of WORKS) {
  const figure = measure(work);
  const allocation = allocationOf(work);
  console.log(
    work.name.padEnd(36) +
      millions(figure.perSecond) +
      millions(figure.recordsPerSecond) +
      (figure.bytesPerSecond / 1e6).toFixed(0).padStart(10) +
      (allocation === null ? '-' : String(allocation)).padStart(10),
  );
}
