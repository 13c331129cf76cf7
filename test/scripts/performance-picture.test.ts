import { describe, expect, test } from 'vitest';
import { pictureOf } from '../../scripts/generate/performance-picture.ts';

const PAGE = `Some text.

| echo & more | req/s | ours ÷ theirs | p50 ms | p99 ms | failed |
| ----------- | ----: | ------------: | -----: | -----: | -----: |
| ours        |    70 |          1.00 |   1.00 |   4.26 |      0 |
| theirs      |   140 |          0.50 |   0.10 |   1500 |      0 |

| command | what it measures |
| ------- | ---------------- |
| bench   | everything       |
`;

describe('pictureOf', () => {
  const picture = pictureOf(PAGE);

  test('has a bar for each figure of each table of the bench, as long as the figure is large', () => {
    const bars = [...picture.matchAll(/<rect x="\d+" y="\d+" width="(\d+)" .*? class="(\w+)"/g)];
    expect(bars.map(([, width, kind]) => [Number(width), kind])).toEqual([
      [110, 'ours'],
      [1, 'ours'],
      [220, 'theirs'],
      [220, 'theirs'],
    ]);
  });

  test('names works, peers and figures', () => {
    for (const shown of ['echo &amp; more', '>theirs<', '>70<', '>4.3 ms<', '>1500 ms<']) {
      expect(picture).toContain(shown);
    }
  });
});
