import { expect, test } from 'vitest';
import { DroppedFields } from '../../../runtime/handlers/dropped-fields.ts';
import { newRequestTrace } from '../../../runtime/logs/request-trace.ts';
import { prepareSites } from '../../../runtime/routing/site.ts';
import { makeRequest } from '../../support/request-context.ts';
import { makeTable } from '../../support/routing-table.ts';

const SITES = prepareSites(makeTable({ hosts: [{}, {}] }), '/etc');

/** Fields that are dropped, and what is said of them. */
function makeDropped() {
  const lines: string[] = [];
  const fields = new DroppedFields({
    error: (site, _address, text) => void lines.push(`${site.position} ${text}`),
  });
  const trace = newRequestTrace();
  return {
    lines,
    trace,
    note: (name: string, host = 0) => {
      const site = SITES[host];
      if (site === undefined) throw new Error('no such site');
      fields.note({ trace, site, request: makeRequest({}) }, name);
    },
  };
}

test('a field that is dropped is said once for each host, however it is written', () => {
  const { lines, note } = makeDropped();
  for (const name of ['X_Token', 'x_token', 'X_TOKEN']) note(name);
  note('X_Token', 1);
  expect(lines).toEqual([
    '0 the field X_Token is not passed to programs: a program could take it for X-Token; "allowedFields" in hiawatha-ts.json lets it through where there is no X-Token beside it (said once for each name)',
    '1 the field X_Token is not passed to programs: a program could take it for X-Token; "allowedFields" in hiawatha-ts.json lets it through where there is no X-Token beside it (said once for each name)',
  ]);
});

test('fields that no program may get are said to be such', () => {
  const { lines, note } = makeDropped();
  note('Proxy');
  expect(lines).toEqual([
    '0 the field Proxy is not passed to programs: its variable would be one that clients must not set (HTTP_PROXY and the like) (said once for each name)',
  ]);
});

test('a field whose name is too long, which Hiawatha drops as well, is in the log of requests alone', () => {
  const { lines, trace, note } = makeDropped();
  note('a'.repeat(95));
  expect(lines).toEqual([]);
  expect(trace.droppedFields).toEqual([`${'a'.repeat(94)}...`]);
});

test('a client that makes up names fills neither the log nor a line of it', () => {
  const { lines, trace, note } = makeDropped();
  for (let number = 0; number < 1000; number += 1) note(`made_up_${number}`);
  expect(lines).toHaveLength(100);
  expect(lines.at(-1)).toContain('(no further names are said)');
  expect(trace.droppedFields).toHaveLength(8);
});
