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
export const logTime = madeEachSecond((at) => {
  const day = DAYS[at.getDay()] ?? '';
  return `${day} ${two(at.getDate())} ${MONTHS[at.getMonth()] ?? ''} ${at.getFullYear()} ${clock(at)} ${zone(at)}`;
});

/** `23/Nov/2026:20:45:01 +0000`, local time: what the common log format has. */
export const commonLogTime = madeEachSecond(
  (at) =>
    `${two(at.getDate())}/${MONTHS[at.getMonth()] ?? ''}/${at.getFullYear()}:${clock(at)} ${zone(at)}`,
);

/** Local time takes longer to find out than all the rest of a line takes to write. */
function madeEachSecond(format: (at: Date) => string): (at: Date) => string {
  let lastSecond = NaN;
  let lastText = '';
  return (at) => {
    const second = Math.floor(at.getTime() / 1000);
    if (second !== lastSecond) {
      lastSecond = second;
      lastText = format(at);
    }
    return lastText;
  };
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
