import { describe, expect, test, vi } from 'vitest';
import { ConnectionCounter } from '../../runtime/connection-counter.ts';

describe('ConnectionCounter', () => {
  test('accepts up to the limit of an address', () => {
    const counter = new ConnectionCounter(10, 2);
    expect(['a', 'a', 'a', 'b'].map((address) => counter.add(address, false))).toEqual([
      'accepted',
      'accepted',
      'too-many-for-address',
      'accepted',
    ]);
  });

  test('accepts up to the limit of all, exempt or not', () => {
    const counter = new ConnectionCounter(2, 1);
    expect(['a', 'a', 'a'].map((address) => counter.add(address, true))).toEqual([
      'accepted',
      'accepted',
      'too-many',
    ]);
    expect(counter.total).toBe(2);
  });

  test('has room again when a connection is closed', () => {
    const counter = new ConnectionCounter(1, 1);
    counter.add('a', false);
    counter.remove('a');
    expect([counter.total, counter.add('a', false)]).toEqual([0, 'accepted']);
  });

  test('counts a closed connection for its address as long as ReconnectDelay says', () => {
    vi.useFakeTimers();
    try {
      const counter = new ConnectionCounter(10, 1);
      counter.add('a', false);
      counter.remove('a', 2000);
      expect([counter.total, counter.add('a', false)]).toEqual([0, 'too-many-for-address']);
      vi.advanceTimersByTime(2000);
      expect(counter.add('a', false)).toBe('accepted');
    } finally {
      vi.useRealTimers();
    }
  });
});
