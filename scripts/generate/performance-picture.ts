/** The picture of docs/performance.md, drawn from its tables: throughput, and how long the slowest hundredth takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Row {
  readonly peer: string;
  readonly rate: number;
  readonly p99Ms: number;
}

/** One table: a work, and the figures of each peer, ours first. */
interface Block {
  readonly work: string;
  readonly rows: readonly Row[];
}

const WIDTH = 900;
const NAME_WIDTH = 260;
const BAR_WIDTH = 220;
const NUMBER_WIDTH = 90;
const ROW_HEIGHT = 20;
const BAR_HEIGHT = 12;
const TITLE_HEIGHT = 34;
const MARGIN = 12;
const COLUMNS = [NAME_WIDTH, NAME_WIDTH + BAR_WIDTH + NUMBER_WIDTH] as const;

/** docs/performance.svg. */
export function performancePicture(): string {
  const page = join(import.meta.dirname, '../../docs/performance.md');
  return pictureOf(readFileSync(page, 'utf8'));
}

/** A picture (SVG) of the tables that `npm run bench` prints: a block for each, a row for each peer. */
export function pictureOf(markdown: string): string {
  const parts: string[] = [];
  let top = MARGIN;
  for (const { work, rows } of blocksOf(markdown)) {
    const mostRate = Math.max(...rows.map(({ rate }) => rate));
    const mostMs = Math.max(...rows.map(({ p99Ms }) => p99Ms));
    parts.push(
      text(MARGIN, top + 18, work, 'title'),
      text(COLUMNS[0], top + 18, 'requests a second', 'head'),
      text(COLUMNS[1], top + 18, '99 % are answered within', 'head'),
    );
    top += TITLE_HEIGHT;
    for (const [index, { peer, rate, p99Ms }] of rows.entries()) {
      const kind = index === 0 ? 'ours' : 'theirs';
      parts.push(
        text(MARGIN, top + BAR_HEIGHT - 1, peer, 'name'),
        bar(COLUMNS[0], top, rate / mostRate, rate.toFixed(0), kind),
        bar(COLUMNS[1], top, p99Ms / mostMs, `${p99Ms.toFixed(p99Ms < 10 ? 1 : 0)} ms`, kind),
      );
      top += ROW_HEIGHT;
    }
    top += MARGIN;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">
<title>Throughput and latency of hiawatha-ts and other servers</title>
<style>
text { font: 12px sans-serif; fill: #222 }
.title { font-weight: bold; font-size: 13px }
.head { fill: #666 }
.ours { fill: #c2410c }
.theirs { fill: #94a3b8 }
</style>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}

/** Tables of other kinds are passed over. */
function blocksOf(markdown: string): Block[] {
  return markdown.split(/\n\s*\n/).flatMap((paragraph) => {
    const [head, , ...rest] = paragraph.split('\n').map(cellsOf);
    const [work, first] = head ?? [];
    if (work === undefined || first !== 'req/s') return [];
    const rows = rest
      .filter((cells) => cells.length > 1)
      .map(([peer = '', rate, , , p99]) => ({ peer, rate: Number(rate), p99Ms: Number(p99) }));
    return [{ work, rows }];
  });
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text x="${x}" y="${y}" class="${kind}">${escaped(content)}</text>`;
}

function bar(x: number, y: number, part: number, label: string, kind: string): string {
  const width = Math.max(1, Math.round(part * BAR_WIDTH));
  const rectangle = `<rect x="${x}" y="${y}" width="${width}" height="${BAR_HEIGHT}" class="${kind}"/>`;
  return `${rectangle}${text(x + width + 5, y + BAR_HEIGHT - 1, label, 'number')}`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
