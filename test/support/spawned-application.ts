/**
 * A FastCGI application for the socket on descriptor 0: answers with its process number, and does what the path of a
 * request says: `/exit` ends with status 3, `/environment` shows the variable that the query names, `/directory` where it
 * runs. `/hang` leaves SIGTERM without effect from then on.
 */
import { createServer } from 'node:net';

import { RecordDecoder } from '../../runtime/fastcgi/decode.ts';
import { encodeRecord } from '../../runtime/fastcgi/encode.ts';
import { decodeNameValuePairs } from '../../runtime/fastcgi/name-value.ts';

const REQUEST_ID = 1;

function answerTo(variables: ReadonlyMap<string, string>): string {
  switch (variables.get('SCRIPT_NAME') ?? '') {
    case '/exit':
      return process.exit(3);
    case '/environment':
      return process.env[variables.get('QUERY_STRING') ?? ''] ?? '-';
    case '/directory':
      return process.cwd();
    case '/hang':
      process.on('SIGTERM', () => undefined);
      return 'hangs';
    default:
      return String(process.pid);
  }
}

console.log(`ready ${process.argv.slice(2).join(' ')}`);
createServer((socket) => {
  const decoder = new RecordDecoder();
  const params: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    decoder.push(bytes);
    for (let record = decoder.next(); record !== null; record = decoder.next()) {
      if (record.type === 'params') params.push(Buffer.from(record.content));
      if (record.type !== 'stdin' || record.content.length > 0) continue;
      const text = answerTo(new Map(decodeNameValuePairs(Buffer.concat(params))));
      const content = Buffer.from(`Content-Type: text/plain\r\n\r\n${text}`);
      socket.write(encodeRecord({ type: 'stdout', requestId: REQUEST_ID, content }));
      socket.end(
        encodeRecord({
          type: 'end-request',
          requestId: REQUEST_ID,
          appStatus: 0,
          protocolStatus: 0,
        }),
      );
    }
  });
}).listen({ fd: 0 });
