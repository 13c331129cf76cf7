import { type Console, type Paint, unpainted } from '../../cli/console.ts';

/** A console that keeps what was written. */
export interface RecordingConsole extends Console {
  readonly output: () => string;
  readonly errors: () => string;
}

export function recordingConsole(
  settings: { paint?: Paint; columns?: number } = {},
): RecordingConsole {
  const out: Buffer[] = [];
  const err: string[] = [];
  const paint = settings.paint ?? unpainted;
  return {
    out: (text) => void out.push(Buffer.from(text)),
    err: (text) => void err.push(text),
    paint,
    paintErr: paint,
    columns: settings.columns ?? null,
    output: () => Buffer.concat(out).toString(),
    errors: () => err.join(''),
  };
}
