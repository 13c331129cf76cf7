import { createTwoFilesPatch } from 'diff';

import type { Paint, Tone } from './console.ts';

function toneOf(line: string): Tone | null {
  if (line.startsWith('---') || line.startsWith('+++')) return 'strong';
  if (line.startsWith('@@')) return 'hint';
  if (line.startsWith('-')) return 'error';
  return line.startsWith('+') ? 'good' : null;
}

/** The change of a file as patch(1) and `git apply` read it, with final line end. */
export function unifiedDiff(name: string, before: string, after: string, paint: Paint): string {
  // As git has it for an absolute name: two slashes in a row would be taken for a name that leaves the tree.
  const relative = name.replace(/^\/+/, '');
  const patch = createTwoFilesPatch(`a/${relative}`, `b/${relative}`, before, after);
  return patch
    .split('\n')
    .filter((line) => !/^=+$/.test(line))
    .map((line) => {
      const tone = toneOf(line);
      return tone === null ? line : paint(tone, line);
    })
    .join('\n');
}
