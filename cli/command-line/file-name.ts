import { InvalidArgumentError } from 'commander';

/** Reads the name of a file or directory. An empty one, as of a variable that is not set, would be the working directory. */
export function fileName(text: string): string {
  if (text === '') throw new InvalidArgumentError('The name is empty.');
  return text;
}

/** Reads names of files that are given one after the other. */
export function fileNames(text: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), fileName(text)];
}
