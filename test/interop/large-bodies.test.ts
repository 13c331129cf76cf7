import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { haveAll } from '../support/installed-programs.ts';
import { PHP_FPM, startPhpFpm } from '../support/php-fpm.ts';
import { copySample } from '../support/sample.ts';

const MEGABYTE = 1024 * 1024;
const MAX_GROWTH_BYTES = 64 * MEGABYTE;

describe.runIf(haveAll([PHP_FPM]))('the server', () => {
  test.each([
    ['with a length', '&length=1'],
    ['without a length', ''],
  ])('passes on an answer of 500 MB %s in constant memory', async (_, parameter) => {
    using sample = await copySample('php-fpm');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    await (await fetch(server.url)).arrayBuffer();

    const before = server.resetPeakMemory();
    const answer = await download(`${server.url}/download.php?megabytes=500${parameter}`);
    expect(answer.bytes).toBe(500 * MEGABYTE);
    expect(answer.sha256).toBe(sha256OfBlocks('0123456789abcde\n'.repeat(65_536), 500));
    expect(server.peakMemoryBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
  });

  test('does not run ahead of a client that reads slowly', async () => {
    using sample = await copySample('php-fpm');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    await (await fetch(server.url)).arrayBuffer();

    const before = server.resetPeakMemory();
    await readFirstByteAndWaitFor(`${server.url}/download.php?megabytes=500`, async () => {
      // While that client does not read, others are answered.
      for (let number = 0; number < 50; number += 1) {
        expect((await fetch(server.url)).status).toBe(200);
      }
    });
    expect(server.peakMemoryBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
  });

  test('passes on an upload of 200 MB in constant memory', async () => {
    using sample = await copySample('php-fpm');
    await using _php = await startPhpFpm(sample.directory, 'pool.conf');
    await using server = await sample.serve();
    await (await fetch(server.url)).arrayBuffer();

    const block = Buffer.alloc(MEGABYTE, 'upload 0123456789');
    const before = server.resetPeakMemory();
    const page = await uploadFile(server.url, block, 200);
    expect(page).toContain(`big.bin: ${200 * MEGABYTE} bytes`);
    expect(page).toContain(`SHA-256 ${sha256OfBlocks(block, 200)}`);
    expect(server.peakMemoryBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
  });
});

function sha256OfBlocks(block: string | Buffer, count: number): string {
  const hash = createHash('sha256');
  for (let number = 0; number < count; number += 1) hash.update(block);
  return hash.digest('hex');
}

function download(url: string): Promise<{ bytes: number; sha256: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, (response) => {
      const hash = createHash('sha256');
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        hash.update(chunk);
      });
      response.on('end', () => resolve({ bytes, sha256: hash.digest('hex') }));
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}

/** Starts a download, stops reading after the first bytes, and gives up once `meanwhile` is done. */
function readFirstByteAndWaitFor(url: string, meanwhile: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, (response) => {
      response.once('data', () => {
        response.pause();
        meanwhile()
          .then(resolve, reject)
          .finally(() => call.destroy());
      });
    });
    call.on('error', reject);
    call.end();
  });
}

/** Sends `count` blocks as the file of a form, waiting whenever the server does not take more. */
function uploadFile(url: string, block: Buffer, count: number): Promise<string> {
  const boundary = 'boundary-of-the-form';
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        headers: {
          'Content-Type': `multipart/form-data; boundary=${boundary}`,
          'Content-Length': head.length + block.length * count + tail.length,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve(text));
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    let sent = 0;
    const pump = (): void => {
      while (sent < count) {
        sent += 1;
        if (!call.write(block)) {
          call.once('drain', pump);
          return;
        }
      }
      call.end(tail);
    };
    call.write(head);
    pump();
  });
}
