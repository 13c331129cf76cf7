let lastSecond = -1;
let lastText = '';

/** The Date field of now (RFC 9110 §6.6.1); made once a second. */
export function httpDateNow(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(now).toUTCString();
  }
  return lastText;
}
