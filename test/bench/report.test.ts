import { describe, expect, test } from 'vitest';
import { median, tableOf } from '../../bench/report.ts';
import { parseWrk } from '../../bench/wrk.ts';

const REPORT = `Running 3s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.11ms    1.00ms  20.00ms   90.00%
    Req/Sec    20.00k     1.00k   21.00k    60.00%
  Latency Distribution
     50%  998.00us
     75%    2.00ms
     90%    3.00ms
     99%    1.50s 
  60000 requests in 3.00s, 10.00MB read
`;

describe('parseWrk', () => {
  test('reads the rate and the percentiles in milliseconds', () => {
    expect(parseWrk(`${REPORT}Requests/sec:  20000.50\n`)).toEqual({
      requests: 60000,
      requestsPerSecond: 20000.5,
      p50Ms: 0.998,
      p99Ms: 1500,
      failures: 0,
    });
  });

  test('counts refused answers and broken connections', () => {
    const report = `${REPORT}  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 5
Requests/sec:  10.00
`;
    expect(parseWrk(report).failures).toBe(15);
  });

  test('refuses what is not a report', () => {
    expect(() => parseWrk('unable to connect')).toThrow('not a report of wrk');
  });
});

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])('median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('tableOf shows medians and our rate as a multiple of theirs', () => {
  const run = (requestsPerSecond: number) => ({
    requests: requestsPerSecond * 2,
    requestsPerSecond,
    p50Ms: 0.5,
    p99Ms: 12.3,
    failures: 1,
  });
  const table = tableOf('echo', [
    { peer: 'ours', measurements: [run(100), run(300), run(200)] },
    { peer: 'theirs', measurements: [run(100)] },
  ]);
  expect(table).toBe(`| echo | req/s | ours ÷ theirs | p50 ms | p99 ms | failed |
| --- | --: | --: | --: | --: | --: |
| ours | 200 | 1.00 | 0.50 | 12 | 3 |
| theirs | 100 | 2.00 | 0.50 | 12 | 1 |`);
});
