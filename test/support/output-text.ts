import type { OutputPipe } from '../../runtime/worker/output-pipe.ts';

/** All that comes through a pipe, a character for each byte. To be called in the turn in which the program was started. */
export function outputText(pipe: OutputPipe): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    pipe.read({
      onBytes: (bytes) => {
        text += Buffer.from(bytes).toString('latin1');
      },
      onEnd: () => {
        resolve(text);
      },
    });
  });
}
