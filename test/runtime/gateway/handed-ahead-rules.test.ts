/** Which of those that wait go to lanes, and which are asked back. */
import { describe, expect, test } from 'vitest';
import { HandedAhead } from '../../../runtime/gateway/handed-ahead.ts';
import { LaneShares } from '../../../runtime/gateway/lane-shares.ts';
import { Place, WaitingLines } from '../../../runtime/gateway/waiting-lines.ts';

interface Call {
  readonly name: string;
  readonly isRepeatable: boolean;
}

/** Lanes of which each has connections at work, and what is said to them. */
function lanesWith(working: readonly number[]): {
  readonly handed: HandedAhead<Call>;
  readonly shares: LaneShares;
  readonly said: string[];
  readonly wait: (names: string) => void;
} {
  const shares = new LaneShares();
  for (const [lane, count] of working.entries()) shares.of(lane).working = count;
  const said: string[] = [];
  const waiting = new WaitingLines<Call>();
  const say = (what: string, { call, lane }: Place<Call>): void =>
    void said.push(`${what} ${call.name} ${lane}`);
  const handed = new HandedAhead<Call>(
    { handAhead: (place) => say('hand', place), recall: (place) => say('recall', place) },
    waiting,
    shares,
  );
  const wait = (names: string): void => {
    for (const name of names) {
      waiting.add(new Place({ name, isRepeatable: name === name.toLowerCase() }, 0));
    }
  };
  return { handed, shares, said, wait };
}

describe('HandedAhead', () => {
  test('gives each lane one for each of its connections, those that came first first', () => {
    const { handed, said, wait } = lanesWith([2, 1]);
    wait('abcdef');
    handed.add(10, 0);
    expect(said).toEqual(['hand a 0', 'hand b 0', 'hand c 1']);
  });

  test('stops at what must not be sent twice', () => {
    const { handed, said, wait } = lanesWith([3]);
    wait('aBcdef');
    handed.add(10, 0);
    expect(said).toEqual(['hand a 0']);
  });

  test('asks back all of a lane whose first has waited long, and gives it nothing until it moves', () => {
    const { handed, shares, said, wait } = lanesWith([1, 1]);
    wait('abcdef');
    handed.add(1, 100);
    expect(said).toEqual(['hand a 0', 'hand b 1', 'hand c 0', 'hand d 1']);

    handed.recallStuck(99);
    expect(said).toHaveLength(4);

    handed.recallStuck(100);
    expect(said.slice(4)).toEqual(['recall a 0', 'recall c 0', 'recall b 1', 'recall d 1']);
    expect(shares.all.map(({ isStalled }) => isStalled)).toEqual([true, true]);
    handed.add(1, 200);
    expect(said).toHaveLength(8);
  });

  test('asks nothing back where there is no other lane', () => {
    const { handed, said, wait } = lanesWith([1]);
    wait('abc');
    handed.add(10, 0);
    handed.recallStuck(1000);
    expect(said).toEqual(['hand a 0']);
  });
});
