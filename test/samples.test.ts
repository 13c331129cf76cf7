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

test('the sample and the preset of DokuWiki have the same rules', () => {
  const rules = (file: string): string[] => {
    const text = readFileSync(join(SAMPLES, '..', file), 'utf8');
    const lines = text.split('\n').map((line) => line.trim());
    const from = lines.indexOf('UrlToolkit {');
    return lines.slice(from, lines.indexOf('}', lines.indexOf('DirectoryID = private')) + 1);
  };
  expect(rules('samples/dokuwiki/hiawatha.conf').length).toBeGreaterThan(15);
  expect(rules('samples/dokuwiki/hiawatha.conf')).toEqual(rules('presets/dokuwiki/hiawatha.conf'));
});
