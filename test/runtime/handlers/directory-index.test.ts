import { expect, test } from 'vitest';
import type { IndexContent } from '../../../runtime/handlers/directory-index.ts';
import { indexPage } from '../../../runtime/handlers/directory-index-page.ts';
import { indexXml } from '../../../runtime/handlers/directory-index-xml.ts';

const AT = new Date(2023, 10, 14, 22, 13, 20).getTime();

const CONTENT: IndexContent = {
  hostname: 'www.example.org',
  urlPath: '/tree/<b>/',
  user: 'anna',
  software: 'hiawatha-ts',
  entries: [
    { name: '..', isDirectory: true, modifiedMs: null, size: 0, extension: null },
    { name: 'Sub dir', isDirectory: true, modifiedMs: AT, size: 0, extension: null },
    { name: '"onclick=x.txt', isDirectory: false, modifiedMs: AT, size: 3, extension: 'txt' },
    { name: '<script>', isDirectory: false, modifiedMs: AT, size: 1536, extension: null },
    {
      name: 'javascript:alert(1)',
      isDirectory: false,
      modifiedMs: AT,
      size: 5_000_000,
      extension: null,
    },
    { name: 'line\nfeed', isDirectory: false, modifiedMs: AT, size: 20_480, extension: null },
  ],
};

test('indexPage escapes names and links', async () => {
  await expect(indexPage(CONTENT)).toMatchFileSnapshot('directory-index.page.out');
});

test('indexXml escapes names and links', async () => {
  await expect(indexXml(CONTENT)).toMatchFileSnapshot('directory-index.xml.out');
});

test('indexXml leaves out who nobody knows', () => {
  const xml = indexXml({ ...CONTENT, user: null, software: null, entries: [] });
  expect(xml).toContain('<files></files><total_size>0 byte</total_size></index>');
});
