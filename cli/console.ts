import { styleText } from 'node:util';

import { CommandError } from './command-error.ts';
import { EXIT } from './exit-code.ts';
import { describeSystemError, systemErrorCode } from './system-error.ts';

/** What a piece of text is, for those who see colours. */
export type Tone = 'error' | 'warning' | 'hint' | 'note' | 'good' | 'path' | 'faint' | 'strong';

/** Colours a text for a terminal; gives it back as it is where nobody sees colours. */
export type Paint = (tone: Tone, text: string) => string;

/** Where a command writes, and what stands there. Tests have one of their own. */
export interface Console {
  /** Results. */
  out(text: string | Uint8Array): void;
  /** What is not a result: progress, errors. */
  err(text: string): void;
  /** For text that goes to {@link out}. */
  readonly paint: Paint;
  /** For text that goes to {@link err}. */
  readonly paintErr: Paint;
  /** Width of the terminal behind {@link out}; null when there is none. */
  readonly columns: number | null;
}

const STYLES = {
  error: ['bold', 'red'],
  warning: ['bold', 'yellow'],
  hint: ['bold', 'cyan'],
  note: ['bold', 'blue'],
  good: ['green'],
  path: ['bold'],
  faint: ['dim'],
  strong: ['bold'],
} as const;

/** Text as it is. */
export const unpainted: Paint = (_tone, text) => text;

const painted: Paint = (tone, text) =>
  // The stream was judged by `paintFor`; styleText would look at standard output alone.
  styleText([...STYLES[tone]], text, { validateStream: false });

/** Colours only on a terminal that has them; NO_COLOR and FORCE_COLOR are honoured (as Node does it). */
function paintFor(stream: NodeJS.WriteStream): Paint {
  const forced = process.env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '0' || forced === 'false' ? unpainted : painted;
  return stream.isTTY && stream.hasColors() ? painted : unpainted;
}

/**
 * The console of this process. A reader that goes away (`| head`) ends the process quietly with the exit code it has so
 * far.
 */
export function processConsole(): Console {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: unknown) => {
      if (systemErrorCode(error) === 'EPIPE') process.exit();
      const name = stream === process.stdout ? 'standard output' : 'standard error';
      throw new CommandError(EXIT.unable, `cannot write ${name}: ${describeSystemError(error)}`, {
        cause: error,
      });
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    paint: paintFor(process.stdout),
    paintErr: paintFor(process.stderr),
    columns: process.stdout.isTTY ? process.stdout.columns : null,
  };
}
