import { statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';

import { CommandError } from './command-error.ts';
import { EXIT } from './exit-code.ts';

/** A configuration that the user named, and how to name its files to that user. */
export interface ConfigLocation {
  /** The main file as the user would write it. */
  readonly shownPath: string;
  /** Absolute, without trailing slash. */
  readonly configDirectory: string;
  /** The main file, relative to {@link configDirectory}. */
  readonly fileName: string;
}

/** The file that a directory stands for. */
const CONFIG_FILE_NAME = 'hiawatha.conf';

/**
 * `path` is a file, or a directory that holds `hiawatha.conf`. Nothing is said yet about whether it can be read.
 *
 * @throws {@link CommandError} when it is empty, as a shell makes it of a variable that is not set.
 */
export function locateConfig(path: string, workingDirectory: string): ConfigLocation {
  if (path === '') {
    throw new CommandError(
      EXIT.usage,
      'the name of a configuration is empty; for this directory write "."',
    );
  }
  const absolute = resolve(workingDirectory, path);
  const isDirectory = isExistingDirectory(absolute);
  const file = isDirectory ? join(absolute, CONFIG_FILE_NAME) : absolute;
  return {
    shownPath: isDirectory ? join(path, CONFIG_FILE_NAME) : path,
    configDirectory: dirname(file),
    fileName: basename(file),
  };
}

function isExistingDirectory(absolute: string): boolean {
  try {
    return statSync(absolute).isDirectory();
  } catch {
    // It cannot be looked at; reading it will say why.
    return false;
  }
}

/**
 * The name to show for a file of a configuration: the way the user named the configuration, or relative to the working
 * directory where that is inside it.
 *
 * @param sourcePath - As in `SourceFile.path`: absolute, or relative to the configuration directory.
 */
export function shownName(
  location: ConfigLocation,
  sourcePath: string,
  workingDirectory: string,
): string {
  if (sourcePath === location.fileName) return location.shownPath;
  if (!isAbsolute(sourcePath)) return join(dirname(location.shownPath), sourcePath);
  if (isAbsolute(location.shownPath)) return sourcePath;
  const inside = relative(workingDirectory, sourcePath);
  return inside.startsWith('..') || isAbsolute(inside) ? sourcePath : inside;
}
