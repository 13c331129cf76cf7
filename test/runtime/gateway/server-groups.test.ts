import { expect, test } from 'vitest';
import type { FastCgiServer } from '../../../routing-table/schema.ts';
import type { Call } from '../../../runtime/gateway/call.ts';
import { Member } from '../../../runtime/gateway/member.ts';
import { ServerGroups } from '../../../runtime/gateway/server-groups.ts';
import { makeFastCgiServer } from '../../support/routing-table.ts';
import { endpointText } from '../../../routing-table/endpoint-text.ts';

/** Groups over members that do nothing, and which of these were left out. */
function makeGroups(): { groups: ServerGroups; leftOut: string[] } {
  const members = new Map<string, Member<Call>>();
  const leftOut: string[] = [];
  const host = {
    start: () => undefined,
    handAhead: () => undefined,
    startHanded: () => undefined,
    recall: () => undefined,
    withdraw: () => undefined,
    closeIdle: () => undefined,
    leastBusyLane: () => 0,
    askValues: () => undefined,
    startShared: () => undefined,
    countUntaken: () => Promise.resolve(null),
  };
  const listener = { onUp: () => undefined, onDown: () => undefined };
  const groups = new ServerGroups(
    (endpoint) => {
      const name = endpointText(endpoint);
      const member = members.get(name) ?? new Member<Call>(endpoint, host, listener);
      members.set(name, member);
      return member;
    },
    ({ name }) => leftOut.push(name),
  );
  return { groups, leftOut };
}

function server(id: string, ...paths: string[]): FastCgiServer {
  const connectTo = paths.map((path) => ({ kind: 'unix', path }) as const);
  return makeFastCgiServer({ id, connectTo });
}

test('a member that a new configuration leaves out is told of', () => {
  const { groups, leftOut } = makeGroups();
  groups.of(server('PHP', '/a', '/b'));
  groups.of(server('PHP', '/a', '/c'));
  expect(leftOut).toEqual(['/b']);
});

test('a member that another server still has is not', () => {
  const { groups, leftOut } = makeGroups();
  groups.of(server('OTHER', '/b'));
  groups.of(server('PHP', '/a', '/b'));
  groups.of(server('PHP', '/a'));
  expect(leftOut).toEqual([]);
});

test('the same configuration leaves nobody out', () => {
  const { groups, leftOut } = makeGroups();
  const same = server('PHP', '/a', '/b');
  groups.of(same);
  groups.of(same);
  expect(leftOut).toEqual([]);
});
