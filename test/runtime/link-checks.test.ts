import { describe, expect, test } from 'vitest';
import { LinkChecks } from '../../runtime/link-checks.ts';
import type { FileFacts } from '../../runtime/routing/file-system.ts';
import { disk } from '../../runtime/disk.ts';

const FACTS: FileFacts = { kind: 'file', size: 4, modifiedMs: 1, changedMs: 1, inode: 1 };

/** Counts the questions to the disk, whose answer may change. */
function checksOf(answers: { isWithin: boolean }): {
  checks: LinkChecks;
  asked: () => number;
  clock: { now: number };
} {
  let count = 0;
  const clock = { now: 0 };
  const files = {
    ...disk,
    isWithin: () => {
      count += 1;
      return answers.isWithin;
    },
  };
  return { checks: new LinkChecks(files, () => clock.now), asked: () => count, clock };
}

describe('LinkChecks', () => {
  test('asks once for a file that stays the same', () => {
    const { checks, asked } = checksOf({ isWithin: true });
    expect(checks.isWithin('/www/a', '/www', FACTS)).toBe(true);
    expect(checks.isWithin('/www/a', '/www', { ...FACTS })).toBe(true);
    expect(asked()).toBe(1);
  });

  test.each([{ inode: 2 }, { changedMs: 2 }])('asks again for another file: %j', (change) => {
    const answers = { isWithin: true };
    const { checks } = checksOf(answers);
    expect(checks.isWithin('/www/a', '/www', FACTS)).toBe(true);
    answers.isWithin = false;
    expect(checks.isWithin('/www/a', '/www', { ...FACTS, ...change })).toBe(false);
  });

  test('asks again for another root', () => {
    const { checks, asked } = checksOf({ isWithin: true });
    checks.isWithin('/www/a', '/www', FACTS);
    checks.isWithin('/www/a', '/', FACTS);
    expect(asked()).toBe(2);
  });

  test('asks again after a second', () => {
    const answers = { isWithin: true };
    const { checks, clock } = checksOf(answers);
    checks.isWithin('/www/a', '/www', FACTS);
    answers.isWithin = false;
    clock.now = 999;
    expect(checks.isWithin('/www/a', '/www', FACTS)).toBe(true);
    clock.now = 1000;
    expect(checks.isWithin('/www/a', '/www', FACTS)).toBe(false);
  });

  test('remembers no refusal', () => {
    const answers = { isWithin: false };
    const { checks } = checksOf(answers);
    expect(checks.isWithin('/www/a', '/www', FACTS)).toBe(false);
    answers.isWithin = true;
    expect(checks.isWithin('/www/a', '/www', FACTS)).toBe(true);
  });

  test('always asks for a file that nobody has looked at', () => {
    const { checks, asked } = checksOf({ isWithin: true });
    checks.isWithin('/www/a', '/www', null);
    checks.isWithin('/www/a', '/www', null);
    expect(asked()).toBe(2);
  });
});
