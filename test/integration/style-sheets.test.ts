/** Pages that style sheets make (hiawatha(1) ShowIndex, UseXSLT, ErrorXSLTfile). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exchangeRaw, type RawAnswer } from '../support/raw-client.ts';
import type { TableParts } from '../support/routing-table.ts';
import { makeDirectoryOnDisk, startServer, type TestDirectory } from '../support/test-site.ts';
import { waitFor } from '../support/wait-for.ts';

function sheetOf(templates: string): string {
  return `<?xml version="1.0"?><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="html"/>${templates}</xsl:stylesheet>`;
}

type Host = NonNullable<TableParts['hosts']>[number];

interface Asked {
  readonly head?: string;
  readonly body?: string;
  readonly host?: (site: TestDirectory) => Host;
  readonly files: Readonly<Record<string, string>>;
}

/** The answers on one connection, and what the error log says then. */
async function ask(
  target: string,
  { head = '', body = '', host = () => ({}), files }: Asked,
): Promise<{
  readonly answers: readonly RawAnswer[];
  readonly rest: string;
  readonly log: string;
}> {
  await using site = makeDirectoryOnDisk();
  for (const [name, text] of Object.entries(files)) site.write(name, text);
  const errorLogfile = join(site.path, 'error.log');
  await using server = await startServer({
    hosts: [{ websiteRoot: join(site.path, 'www'), errorLogfile, ...host(site) }],
  });
  const method = body === '' ? 'GET' : 'POST';
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  const { answers, rest } = await exchangeRaw(
    `${method} ${target} HTTP/1.1\r\nHost: h.test\r\n${head}${length}\r\n${body}GET /last.txt HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\n`,
    { port: server.port },
  );
  await server.server.close(1_000);
  const log = await waitFor(() => readFileSync(errorLogfile, 'latin1'));
  return { answers, rest, log };
}

const LIST = sheetOf(
  '<xsl:template match="/index"><ul><xsl:for-each select="files/file"><li><xsl:value-of select="."/></li></xsl:for-each></ul></xsl:template>',
);

describe('ShowIndex with a style sheet', () => {
  const host = (site: TestDirectory): Host => ({
    showIndex: { kind: 'xslt', path: join(site.path, 'list.xslt') },
  });

  test('lists a directory by it', async () => {
    const files = { 'list.xslt': LIST, 'www/a.txt': '', 'www/<b>.txt': '' };
    const { answers } = await ask('/', { host, files });
    expect(answers[0]?.body).toBe('<ul>\n<li>&lt;b&gt;.txt</li>\n<li>a.txt</li>\n</ul>\n');
    expect(answers[0]?.fields.get('content-type')).toBe('text/html; charset=utf-8');
  });

  test('shows the built-in page where the sheet is of no use, and says why', async () => {
    const { answers, log } = await ask('/', { host, files: { 'www/a.txt': '' } });
    expect(answers[0]?.status).toBe(200);
    expect(answers[0]?.body).toContain('a.txt');
    expect(log).toMatch(/ShowIndex \/.*list\.xslt: .*ENOENT/);
  });
});

describe('UseXSLT', () => {
  const host = (): Host => ({ useXslt: true });
  const sheet = sheetOf(
    [
      ...['GET_q', 'POST_p', 'COOKIE_c', 'REQUEST_METHOD'].map(
        (name) => `<xsl:param name="${name}"/>`,
      ),
      '<xsl:template match="/"><p><xsl:value-of select="a"/>|<xsl:value-of select="$GET_q"/>|<xsl:value-of select="$POST_p"/>|<xsl:value-of select="$COOKIE_c"/>|<xsl:value-of select="$REQUEST_METHOD"/></p></xsl:template>',
    ].join(''),
  );
  const files = { 'www/a.xml': '<a>text</a>', 'www/a.xslt': sheet };

  test('makes a page of a file, with what the client sends', async () => {
    const head = "Cookie: b=1; c=it's\r\n";
    const { answers } = await ask('/a.xml?q=%3Cx%3E', { host, files, head });
    expect(answers[0]?.body).toBe("<p>text|&lt;x&gt;||it's|GET</p>\n");
  });

  test('takes what a form sends', async () => {
    const head = 'Content-Type: application/x-www-form-urlencoded\r\n';
    const { answers } = await ask('/a.xml', { host, files, head, body: 'p=1+2' });
    expect(answers[0]?.body).toBe('<p>text||1 2||POST</p>\n');
    expect(answers[1]?.status).toBe(404);
  });

  test('is 500 for a file that is no XML, and the log says where', async () => {
    const { answers, log } = await ask('/a.xml', { host, files: { ...files, 'www/a.xml': '<a>' } });
    expect(answers[0]?.status).toBe(500);
    expect(log).toContain('a.xslt: ');
    expect(log).toContain('Premature end of data in tag a');
  });
});

describe('ErrorXSLTfile', () => {
  const host = (site: TestDirectory): Host => ({ errorXsltFile: join(site.path, 'error.xslt') });
  const sheet = sheetOf(
    '<xsl:template match="/error"><h1><xsl:value-of select="code"/>: <xsl:value-of select="message"/></h1><p><xsl:value-of select="request_uri"/></p></xsl:template>',
  );

  test('sends the page of the sheet, and no other', async () => {
    const files = { 'error.xslt': sheet, 'www/last.txt': 'last' };
    const { answers, rest } = await ask('/gone?<b>', { host, files });
    expect(answers.map(({ status }) => status)).toEqual([404, 200]);
    expect(answers[0]?.body).toBe('<h1>404: Not Found</h1><p>/gone?&lt;b&gt;</p>\n');
    expect(rest).toBe('');
  });

  test('sends the built-in page where the sheet is of no use, and says why', async () => {
    const { answers, log } = await ask('/gone', { host, files: { 'www/last.txt': '' } });
    expect(answers[0]?.body).toContain('404 - Not Found');
    expect(log).toMatch(/ErrorXSLTfile \/.*error\.xslt: .*ENOENT/);
  });
});
