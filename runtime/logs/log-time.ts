const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;

/** `Mon 23 Nov 2026 20:45:01 +0000`, local time: what Hiawatha's own logs have. */
export function logTime(at: Date): string {
  const day = DAYS[at.getDay()] ?? '';
  return `${day} ${two(at.getDate())} ${MONTHS[at.getMonth()] ?? ''} ${at.getFullYear()} ${clock(at)} ${zone(at)}`;
}

/** `23/Nov/2026:20:45:01 +0000`, local time: what the common log format has. */
export function commonLogTime(at: Date): string {
  return `${two(at.getDate())}/${MONTHS[at.getMonth()] ?? ''}/${at.getFullYear()}:${clock(at)} ${zone(at)}`;
}

function clock(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function zone(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const size = Math.abs(minutes);
  return `${sign}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
