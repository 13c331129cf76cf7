import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const SAMPLES = join(import.meta.dirname, '../samples');
const NAMES = readdirSync(SAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each(NAMES)('sample %s', (name) => {
  test('explains itself', () => {
    expect(existsSync(join(SAMPLES, name, 'README.md'))).toBe(true);
  });

  test('has tests of its routes', () => {
    expect(existsSync(join(SAMPLES, name, 'ROUTES.yaml'))).toBe(true);
  });

  test('has the media types that all samples have', () => {
    const ownTypes = readFileSync(join(SAMPLES, name, 'mimetype.conf'), 'utf8');
    expect(ownTypes).toBe(readFileSync(join(SAMPLES, 'hello/mimetype.conf'), 'utf8'));
  });

  test('listens on the loopback address only, and not on a privileged port', () => {
    const text = ['hiawatha.conf', 'site.conf']
      .map((file) => join(SAMPLES, name, file))
      .filter(existsSync)
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    expect(text).toMatch(/^ {4}Interface = 127\.0\.0\.1$/m);
    expect(text).toMatch(/^set HTTP_PORT = 8080$|^ {4}Port = 8080$/m);
  });
});
