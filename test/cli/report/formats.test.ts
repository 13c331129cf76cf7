import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import * as Ajv2020 from 'ajv/dist/2020.js';
import Ajv04 from 'ajv-draft-04';
import { describe, expect, test } from 'vitest';

import { githubStepSummary } from '../../../cli/report/github.ts';
import { type ReportFormat, REPORTERS } from '../../../cli/report/index.ts';
import { SAMPLE_REPORT, SAMPLE_SETTINGS } from '../../support/sample-report.ts';

const FILES: Readonly<Record<ReportFormat, string>> = {
  text: 'report.txt',
  json: 'report.json',
  sarif: 'report.sarif.json',
  github: 'report.github.txt',
  gitlab: 'report.gitlab.json',
  junit: 'report.junit.xml',
  checkstyle: 'report.checkstyle.xml',
  unix: 'report.unix.txt',
};

const CASES = join(import.meta.dirname, '../../cases/report');

async function write(format: ReportFormat, report = SAMPLE_REPORT): Promise<string> {
  return (await REPORTERS[format]())(report, SAMPLE_SETTINGS);
}

const formats = Object.entries(FILES).map(([format, file]) => ({ format, file })) as readonly {
  format: ReportFormat;
  file: string;
}[];

const EMPTY = { configs: [], unreadable: [], baselined: 0, repaired: 0 };

describe('reports', () => {
  test.each(formats)('$format looks as in $file', async ({ format, file }) => {
    await expect(await write(format)).toMatchFileSnapshot(join(CASES, file));
  });

  test('the step summary of github lists the worst first', async () => {
    await expect(githubStepSummary(SAMPLE_REPORT)).toMatchFileSnapshot(
      join(CASES, 'step-summary.md'),
    );
  });

  test('sarif is valid by the schema of SARIF 2.1.0', async () => {
    const schema: unknown = createRequire(import.meta.url)(
      '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
    );
    if (typeof schema !== 'object' || schema === null) throw new Error('no schema');
    const ajv = new Ajv04.default({ strict: false, validateFormats: false, unicodeRegExp: false });
    const validate = ajv.compile(schema);
    for (const report of [SAMPLE_REPORT, EMPTY]) {
      validate(JSON.parse(await write('sarif', report)));
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test('json is valid by its own schema', async () => {
    const path = join(import.meta.dirname, '../../../docs/check-report.schema.json');
    const schema: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof schema !== 'object' || schema === null) throw new Error('no schema');
    const validate = new Ajv2020.Ajv2020({ allowUnionTypes: true }).compile(schema);
    for (const report of [SAMPLE_REPORT, EMPTY]) {
      validate(JSON.parse(await write('json', report)));
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test('github says so when it has more annotations than are shown', async () => {
    const config = SAMPLE_REPORT.configs[0];
    if (config === undefined) throw new Error('no sample');
    const many = { ...config, diagnostics: Array(4).fill(config.diagnostics).flat() };
    const few = await write('github');
    const text = await write('github', { ...EMPTY, configs: [many, many] });
    expect(few).not.toContain('GitHub shows 10');
    expect(text).toContain('GitHub shows 10');
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith('::'))
        .map((line) => line.split(' ')[0]),
    ).toEqual([
      ...Array<string>(8).fill('::error'),
      ...Array<string>(16).fill('::warning'),
      ...Array<string>(8).fill('::notice'),
    ]);
  });
});
