import { expect, test } from 'vitest';
import { UnprovedConnections } from '../../../runtime/gateway/unproved-connections.ts';
import { Place } from '../../../runtime/gateway/waiting-lines.ts';

/** Connections that were started one after the other, a millisecond apart. */
function makeConnections(count: number) {
  const connections = new UnprovedConnections<string>();
  const places = Array.from({ length: count }, (_, index) => {
    const place = new Place(`call ${index}`, index);
    place.stage = 'held';
    place.startedAtMs = index;
    connections.add(place);
    return place;
  });
  const untaken = (): readonly string[] =>
    places.filter((place) => connections.isUntaken(place)).map(({ call }) => call);
  return { connections, places, untaken };
}

/** One of the places. */
function at(places: readonly Place<string>[], index: number): Place<string> {
  const place = places[index];
  if (place === undefined) throw new Error('no such place');
  return place;
}

test('the last that came are those that no process has accepted', () => {
  const { connections, untaken } = makeConnections(4);
  expect(untaken()).toEqual([]);
  connections.sawUntaken(2);
  expect(untaken()).toEqual(['call 2', 'call 3']);
});

test('no more wait than are there, whatever the system says', () => {
  const { connections, untaken } = makeConnections(2);
  connections.sawUntaken(9);
  expect(connections.untakenCount).toBe(2);
  expect(untaken()).toEqual(['call 0', 'call 1']);
});

test('one that a process has shows that those before it were accepted', () => {
  const { connections, places, untaken } = makeConnections(4);
  connections.sawUntaken(4);
  connections.accepted(at(places, 1));
  expect(untaken()).toEqual(['call 2', 'call 3']);
});

test('what was known is forgotten with the last that it was about', () => {
  const { connections, places } = makeConnections(1);
  connections.sawUntaken(1);
  connections.remove(at(places, 0));
  connections.add(at(places, 0));
  expect(connections.untakenCount).toBe(0);
});

test('the first that is stuck is the oldest that waits too long and for which none was let go', () => {
  const { connections, places } = makeConnections(3);
  expect(connections.firstStuck(-1)).toBeNull();
  expect(connections.firstStuck(1)?.call).toBe('call 0');
  at(places, 0).yieldedAtMs = 1;
  expect(connections.firstStuck(1)?.call).toBe('call 1');
  at(places, 1).yieldedAtMs = 1;
  expect(connections.firstStuck(1)).toBeNull();
});

test('one that is known to wait is stuck at once, and again when what was let go for it went elsewhere', () => {
  const { connections, places } = makeConnections(3);
  connections.sawUntaken(1);
  expect(connections.firstStuck(-1)?.call).toBe('call 2');
  at(places, 2).yieldedAtMs = 10;
  expect(connections.firstStuck(-1)).toBeNull();
  for (const place of places.slice(0, 2)) place.yieldedAtMs = 0;
  expect(connections.firstStuck(10)?.call).toBe('call 2');
});

test('those that were started after a moment are counted', () => {
  const { connections } = makeConnections(5);
  expect(connections.startedAfter(-1)).toBe(5);
  expect(connections.startedAfter(2)).toBe(2);
  expect(connections.startedAfter(4)).toBe(0);
});
