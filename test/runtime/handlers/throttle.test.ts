import { expect, test } from 'vitest';
import { findThrottle } from '../../../runtime/handlers/throttle.ts';

const THROTTLES = [
  { match: '.mp', bytesPerSecond: 1 },
  { match: 'audio/mpeg', bytesPerSecond: 2 },
  { match: 'video/', bytesPerSecond: 3 },
];

test.each([
  ['video/mp4', 'mp4', 1],
  ['audio/mpeg', 'MP3', 1],
  ['audio/mpeg', null, 2],
  ['Video/WebM', 'webm', 3],
  ['text/html', 'html', null],
  [null, null, null],
])('findThrottle: %s .%s: %s', (type, extension, speed) => {
  expect(findThrottle(THROTTLES, type, extension)).toBe(speed);
});
