import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readSuite, RECORDINGS, type Case, type Recording } from '../support/replay/case-format.ts';
import { additions, differences, differencesFromIdeal } from '../support/replay/compare.ts';
import { SuiteRunner } from '../support/replay/suite-runner.ts';

const ENTRY = join(import.meta.dirname, '../../bin/hiawatha-ts.js');
const KnownDifferences = z.record(z.string(), z.record(z.string(), z.string()));
const knownDifferences = KnownDifferences.parse(
  JSON.parse(readFileSync(join(RECORDINGS, 'known-differences.json'), 'utf8')),
);
/** What the server adds in cases that agree otherwise. */
const knownAdditions = z
  .record(z.string(), z.record(z.string(), z.array(z.string())))
  .parse(JSON.parse(readFileSync(join(RECORDINGS, 'additions.json'), 'utf8')));
/** Started as root, the server gives its rights up. */
const SKIPPED_TAG = process.getuid?.() === 0 ? null : 'needs-root';
const suiteNames = readdirSync(join(RECORDINGS, 'suites')).map((file) => file.replace('.json', ''));

/**
 * Suites with bans and copies that are over after two seconds: they have the machine to themselves. The others are played
 * side by side, because a case mostly waits to see that nothing more comes; the cases of one suite share its logs.
 */
const TIMED_SUITES: ReadonlySet<string> = new Set(['cache', 'limits', 'security']);

function judge(testCase: Case, got: Recording): string[] {
  if (testCase.ideal !== undefined) return differencesFromIdeal(testCase.ideal, got);
  return testCase.verdict === 'improve' ? [] : differences(testCase, got);
}

for (const name of suiteNames) {
  const suite = readSuite(name);
  const known = knownDifferences[name] ?? {};
  const missing = SuiteRunner.missingPrograms(suite.suite.requires);
  const skip = missing.length > 0 && process.env['CI'] === undefined;
  const concurrent = !TIMED_SUITES.has(name);
  describe(`recordings of ${name}`, { concurrent, skip }, () => {
    const player = new SuiteRunner(suite, (directory) => [
      process.execPath,
      ENTRY,
      'serve',
      join(directory, 'hiawatha.conf'),
    ]);
    beforeAll(async () => {
      if (missing.length > 0) throw new Error(`programs missing: ${missing.join(', ')}`);
      await player.up();
    });
    afterAll(() => player.down());

    for (const testCase of suite.cases) {
      if (SKIPPED_TAG !== null && testCase.tags.includes(SKIPPED_TAG)) continue;
      const reason = known[testCase.id];
      const title = reason === undefined ? '' : ` (known difference: ${reason})`;
      test(`${testCase.id}: ${testCase.description}${title}`, { concurrent: false }, async () => {
        const got = await player.play(testCase);
        const found = judge(testCase, got);
        if (reason !== undefined) {
          expect(found).not.toEqual([]);
          return;
        }
        expect(found).toEqual([]);
        if (testCase.ideal !== undefined || testCase.verdict === 'improve') return;
        expect(additions(testCase, got)).toEqual(knownAdditions[name]?.[testCase.id] ?? []);
      });
    }
  });
}
