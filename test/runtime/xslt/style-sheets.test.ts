import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { StyleSheets } from '../../../runtime/xslt/style-sheets.ts';
import { makeDirectoryOnDisk } from '../../support/test-site.ts';

/** A sheet of these templates. */
function sheetOf(templates: string): string {
  return `<?xml version="1.0"?><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">${templates}</xsl:stylesheet>`;
}

const HTML = '<xsl:output method="html"/>';

/** What a sheet makes of a document: its type and text, or why it makes nothing. */
async function transformed(
  sheet: string,
  xml: string,
  others: Readonly<Record<string, string>> = {},
  parameters: readonly (readonly [string, string])[] = [],
): Promise<string> {
  await using directory = makeDirectoryOnDisk();
  directory.write('secret.xml', '<secret>kept</secret>');
  for (const [name, text] of Object.entries(others)) directory.write(`sheets/${name}`, text);
  const path = directory.write('sheets/a.xslt', sheet);
  const result = await new StyleSheets().transform({
    xml: Buffer.from(xml),
    sheet: path,
    parameters,
  });
  return result.ok ? `${result.type}\n${Buffer.from(result.body).toString()}` : result.problem;
}

describe('a style sheet', () => {
  test('makes a page of a document, in which text stays text', async () => {
    const sheet = sheetOf(
      `${HTML}<xsl:template match="/"><p><xsl:value-of select="a"/></p></xsl:template>`,
    );
    expect(await transformed(sheet, '<a>&lt;script&gt; é</a>')).toBe(
      'text/html; charset=utf-8\n<p>&lt;script&gt; é</p>\n',
    );
  });

  test.each([
    ['<xsl:output method="text"/>', 'text/plain; charset=utf-8'],
    ['<xsl:output method="xml"/>', 'text/xml; charset=utf-8'],
    ['<xsl:output method="xml" media-type="image/svg+xml"/>', 'image/svg+xml; charset=utf-8'],
    ['', 'text/xml; charset=utf-8'],
  ])('%s has its type', async (output, type) => {
    const sheet = sheetOf(`${output}<xsl:template match="/"><p/></xsl:template>`);
    expect((await transformed(sheet, '<a/>')).split('\n')[0]).toBe(type);
  });

  test.each(['plain', "it's", 'say "so"', `both ' and "`, "');system('x"])(
    'gets the parameter %s as text',
    async (value) => {
      const sheet = sheetOf(
        `<xsl:output method="text"/><xsl:param name="GET_a"/><xsl:template match="/"><xsl:value-of select="$GET_a"/></xsl:template>`,
      );
      const text = await transformed(sheet, '<a/>', {}, [['GET_a', value]]);
      expect(text.split('\n')[1]).toBe(value);
    },
  );

  test('includes a sheet beside it', async () => {
    const sheet = sheetOf(`<xsl:output method="text"/><xsl:include href="part.xslt"/>`);
    const part = sheetOf('<xsl:template match="a">from the part</xsl:template>');
    expect(await transformed(sheet, '<a/>', { 'part.xslt': part })).toContain('from the part');
  });

  test.each([
    ['a file above it', '../secret.xml'],
    ['a file of the machine', 'file:///etc/passwd'],
    ['another server', 'http://127.0.0.1:9/x.xml'],
  ])('reads nothing from %s', async (_, address) => {
    const sheet = sheetOf(
      `<xsl:output method="text"/><xsl:template match="/">[<xsl:value-of select="document('${address}')"/>]</xsl:template>`,
    );
    const text = await transformed(sheet, '<a/>');
    expect(text).not.toContain('kept');
    expect(text).not.toContain('root');
  });

  test('gets no external entity of a document', async () => {
    const sheet = sheetOf(
      `<xsl:output method="text"/><xsl:template match="/">[<xsl:value-of select="a"/>]</xsl:template>`,
    );
    const xml = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>';
    expect(await transformed(sheet, xml)).not.toContain('root:');
  });

  test.each([
    ['a document that is none', sheetOf(''), '<a>', 'Invalid XMLDocument'],
    ['a sheet that is none', '<a/>', '<a/>', 'Invalid XSLT stylesheet'],
  ])('says what is wrong with %s', async (_, sheet, xml, problem) => {
    expect(await transformed(sheet, xml)).toContain(problem);
  });

  test('that never ends is ended, and the next document finds a thread', async () => {
    await using directory = makeDirectoryOnDisk();
    const count =
      '<xsl:template name="n"><xsl:param name="i"/><xsl:if test="$i &gt; 0"><xsl:call-template name="n"><xsl:with-param name="i" select="$i - 1"/></xsl:call-template><xsl:call-template name="n"><xsl:with-param name="i" select="$i - 1"/></xsl:call-template></xsl:if></xsl:template>';
    const endless = directory.write(
      'endless.xslt',
      sheetOf(
        `${count}<xsl:template match="/"><xsl:call-template name="n"><xsl:with-param name="i" select="60"/></xsl:call-template></xsl:template>`,
      ),
    );
    const good = directory.write(
      'good.xslt',
      sheetOf('<xsl:template match="/"><p/></xsl:template>'),
    );
    const sheets = new StyleSheets(1_000);
    const xml = Buffer.from('<a/>');
    const [bad, fine] = await Promise.all([
      sheets.transform({ xml, sheet: endless, parameters: [] }),
      sheets.transform({ xml, sheet: good, parameters: [] }),
    ]);
    expect(bad).toMatchObject({
      ok: false,
      problem: 'the style sheet takes longer than 1 seconds',
    });
    expect(fine.ok).toBe(true);
  });

  test('has its time from when its thread has started', async () => {
    const thread = `
      const { parentPort } = require('node:worker_threads');
      setTimeout(() => {
        parentPort.postMessage('ready');
        parentPort.on('message', () => parentPort.postMessage({ ok: true, body: '', type: '' }));
      }, 2000);`;
    const sheets = new StyleSheets(1_000, () => new Worker(thread, { eval: true }));
    const task = { xml: Buffer.from('<a/>'), sheet: '/a.xslt', parameters: [] };
    expect(await sheets.transform(task)).toMatchObject({ ok: true });
  });

  test('that fills the stack spoils nothing for the next', async () => {
    await using directory = makeDirectoryOnDisk();
    const deep = directory.write(
      'deep.xslt',
      sheetOf(
        '<xsl:template name="n"><xsl:call-template name="n"/></xsl:template><xsl:template match="/"><xsl:call-template name="n"/></xsl:template>',
      ),
    );
    const good = directory.write(
      'good.xslt',
      sheetOf('<xsl:template match="/"><p><xsl:value-of select="count(//b)"/></p></xsl:template>'),
    );
    const sheets = new StyleSheets();
    const bad = await sheets.transform({ xml: Buffer.from('<a/>'), sheet: deep, parameters: [] });
    expect(bad).toMatchObject({ ok: false });
    const xml = Buffer.from(`<a>${'<b/>'.repeat(3000)}</a>`);
    expect((await sheets.transform({ xml, sheet: good, parameters: [] })).ok).toBe(true);
  });

  test('in a directory with any name includes what lies beside it', async () => {
    await using directory = makeDirectoryOnDisk();
    const sheets = new StyleSheets();
    directory.write('a b#?/part.xslt', sheetOf('<xsl:template name="c">included</xsl:template>'));
    const sheet = directory.write(
      'a b#?/one.xslt',
      sheetOf(
        '<xsl:include href="part.xslt"/><xsl:template match="/"><xsl:call-template name="c"/></xsl:template>',
      ),
    );
    const result = await sheets.transform({ xml: Buffer.from('<a/>'), sheet, parameters: [] });
    expect(result.ok && Buffer.from(result.body).toString()).toContain('included');
  });

  test('that was changed is read again', async () => {
    await using directory = makeDirectoryOnDisk();
    const sheets = new StyleSheets();
    const made = async (text: string): Promise<string> => {
      const sheet = directory.write(
        'a.xslt',
        sheetOf(`<xsl:output method="text"/><xsl:template match="/">${text}</xsl:template>`),
      );
      const result = await sheets.transform({ xml: Buffer.from('<a/>'), sheet, parameters: [] });
      return result.ok ? Buffer.from(result.body).toString() : result.problem;
    };
    expect(await made('one')).toBe('one');
    expect(await made('another')).toBe('another');
  });
});
