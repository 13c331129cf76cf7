import type { ByteString } from '../byte-string.ts';
import type { IndexContent, IndexEntry } from './directory-index.ts';
import { escapeMarkup, linkTo } from './directory-index-text.ts';
import { htmlPage } from './html-page.ts';

const STYLE =
  'body{font:1em/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em;color:#222;background:#fff}' +
  'h1{font-size:1.3em;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}' +
  'th,td{text-align:left;padding:.2em 1em .2em 0;border-bottom:1px solid #ddd}' +
  'td:first-child{overflow-wrap:anywhere}th+th,td+td{white-space:nowrap}' +
  'th:last-child,td:last-child{text-align:right;padding-right:0}a{color:#0645ad}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}a{color:#8ab4f8}th,td{border-color:#444}}';

/** The built-in page of an index. */
export function indexPage({ urlPath, entries }: IndexContent): ByteString {
  const lines = entries.map(line).join('');
  return htmlPage(
    `Index of ${escapeMarkup(urlPath)}`,
    STYLE,
    `<table>
<thead><tr><th>Name</th><th>Changed</th><th>Size</th></tr></thead>
<tbody>
${lines}</tbody>
</table>
`,
  );
}

function line(entry: IndexEntry): ByteString {
  const name = escapeMarkup(entry.name) + (entry.isDirectory ? '/' : '');
  const changed = entry.modifiedMs === null ? '' : timeOf(entry.modifiedMs);
  const size = entry.isDirectory ? '' : sizeOf(entry.size);
  return `<tr><td><a href="${linkTo(entry)}">${name}</a></td><td>${changed}</td><td>${size}</td></tr>\n`;
}

/** Local time, to the minute. */
function timeOf(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}
