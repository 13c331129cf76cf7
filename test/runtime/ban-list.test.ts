import { describe, expect, test } from 'vitest';
import type { RoutingTable } from '../../routing-table/schema.ts';
import { BanList } from '../../runtime/ban-list.ts';
import { GUESS_WINDOW_MS, MAX_REMEMBERED_BANS } from '../../runtime/limits.ts';
import { makeTable } from '../support/routing-table.ts';

interface Stage {
  readonly bans: BanList;
  readonly lines: string[];
  readonly kicked: string[];
  nowMs: number;
}

function makeStage(server: Partial<RoutingTable['server']> = {}): Stage {
  const lines: string[] = [];
  const kicked: string[] = [];
  const listener = {
    kick: (address: string): void => void kicked.push(address),
    log: (address: string, text: string): void => void lines.push(`${address} ${text}`),
  };
  const stage: Stage = {
    bans: new BanList(makeTable({ server }).server, listener, () => stage.nowMs),
    lines,
    kicked,
    nowMs: 1_000,
  };
  return stage;
}

describe('BanList', () => {
  test('shuts an address out for the time said, and no other', () => {
    const stage = makeStage();
    stage.bans.ban('10.0.0.1', 2_000, 'for a test');
    expect(stage.lines).toEqual(['10.0.0.1 Client banned for a test']);
    expect(['10.0.0.1', '10.0.0.2'].map((address) => stage.bans.isBanned(address))).toEqual([
      true,
      false,
    ]);
    stage.nowMs += 1_999;
    expect(stage.bans.isBanned('10.0.0.1')).toBe(true);
    stage.nowMs += 1;
    expect(stage.bans.isBanned('10.0.0.1')).toBe(false);
  });

  test.each([
    ['garbage', 'banOnGarbageMs', 'sending garbage'],
    ['invalid-url', 'banOnInvalidUrlMs', 'invalid URL'],
    ['max-per-ip', 'banOnMaxPerIpMs', 'too many simultaneous connections'],
    ['max-request-size', 'banOnMaxReqSizeMs', 'sending a too large request'],
    ['timeout', 'banOnTimeoutMs', 'connection timeout'],
  ] as const)(
    'bans because of %s as long as %s says, and not at all for 0',
    (cause, key, words) => {
      const banned = makeStage({ [key]: 1_000 });
      banned.bans.banFor(cause, '10.0.0.1');
      expect(banned.bans.isBanned('10.0.0.1')).toBe(true);
      expect(banned.lines).toEqual([`10.0.0.1 Client banned because of ${words}`]);
      const free = makeStage({ [key]: 0 });
      free.bans.banFor(cause, '10.0.0.1');
      expect([free.bans.isBanned('10.0.0.1'), free.lines]).toEqual([false, []]);
    },
  );

  test('never bans whom BanlistMask protects', () => {
    const network = { family: 4 as const, address: '10.66.0.0', prefixLength: 16 };
    const stage = makeStage({ banlistMask: [{ action: 'deny', network }] });
    stage.bans.ban('10.66.1.1', 1_000, 'x');
    stage.bans.ban('10.67.1.1', 1_000, 'x');
    expect(['10.66.1.1', '10.67.1.1'].map((address) => stage.bans.isBanned(address))).toEqual([
      false,
      true,
    ]);
  });

  test('starts again when a banned client comes back, with RebanDuringBan', () => {
    for (const rebanDuringBan of [true, false]) {
      const stage = makeStage({ rebanDuringBan });
      stage.bans.ban('10.0.0.1', 1_000, 'x');
      stage.nowMs += 900;
      stage.bans.noteAttempt('10.0.0.1');
      stage.nowMs += 900;
      expect(stage.bans.isBanned('10.0.0.1')).toBe(rebanDuringBan);
    }
  });

  test('closes the connections of the address with KickOnBan', () => {
    const stage = makeStage({ kickOnBan: true });
    stage.bans.ban('10.0.0.1', 1_000, 'x');
    expect(stage.kicked).toEqual(['10.0.0.1']);
  });

  test('says at the end how often the client tried', () => {
    const stage = makeStage();
    stage.bans.ban('10.0.0.1', 1_000, 'x');
    stage.bans.noteAttempt('10.0.0.1');
    stage.bans.noteAttempt('10.0.0.1');
    stage.bans.sweep();
    expect(stage.lines).toHaveLength(1);
    stage.nowMs += 1_000;
    stage.bans.sweep();
    expect(stage.lines.at(-1)).toBe('10.0.0.1 Unbanned (2 connect attempts during ban)');
  });

  test('remembers no more than its limit, the newest', () => {
    const stage = makeStage();
    const addressOf = (at: number): string => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`;
    for (let at = 0; at <= MAX_REMEMBERED_BANS; at += 1) stage.bans.ban(addressOf(at), 1_000, 'x');
    expect([0, 1, MAX_REMEMBERED_BANS].map((at) => stage.bans.isBanned(addressOf(at)))).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('lifts all bans at once, and says so of each', () => {
    const stage = makeStage();
    stage.bans.ban('10.0.0.1', 2_000, 'for a test');
    stage.bans.noteAttempt('10.0.0.1');
    expect(stage.bans.lift()).toBe(1);
    expect(stage.bans.isBanned('10.0.0.1')).toBe(false);
    expect(stage.lines.at(-1)).toBe('10.0.0.1 Unbanned (1 connect attempts during ban)');
    expect(stage.bans.lift()).toBe(0);
  });

  test('bans who guesses passwords, counted for a minute', () => {
    const stage = makeStage({ banOnWrongPassword: { attempts: 2, banMs: 1_000 } });
    stage.bans.noteWrongPassword('10.0.0.1');
    stage.nowMs += GUESS_WINDOW_MS + 1;
    stage.bans.noteWrongPassword('10.0.0.1');
    stage.bans.noteWrongPassword('10.0.0.2');
    expect(stage.bans.isBanned('10.0.0.1')).toBe(false);
    stage.bans.noteWrongPassword('10.0.0.1');
    expect(stage.bans.isBanned('10.0.0.1')).toBe(true);
    expect(stage.lines).toEqual(['10.0.0.1 Client banned because of too many wrong passwords']);
  });

  test('goes by other settings from the moment they are there', () => {
    const stage = makeStage();
    stage.bans.banFor('garbage', '10.0.0.1');
    expect(stage.bans.isBanned('10.0.0.1')).toBe(false);
    stage.bans.configure(makeTable({ server: { banOnGarbageMs: 1_000 } }).server);
    stage.bans.banFor('garbage', '10.0.0.1');
    expect(stage.bans.isBanned('10.0.0.1')).toBe(true);
  });
});
