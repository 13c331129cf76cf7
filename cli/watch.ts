/** Runs a check again whenever a file that it read changes. */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

import type { CheckOutcome } from './check.ts';

/** Calls back for every change of one of the files until it is closed. */
export type WatchFiles = (paths: ReadonlySet<string>, onChange: () => void) => { close(): void };

/** Editors write a file in several steps: what happens within this time is one change. */
const SETTLE_MS = 50;

/**
 * Watches the directories of the files and not the files themselves, because editors replace a file by another one, and a
 * file that is missing now may come.
 */
export const watchFiles: WatchFiles = (paths, onChange) => {
  let timer: NodeJS.Timeout | null = null;
  const names = Map.groupBy(paths, dirname);
  const watchers = [...names].flatMap(([directory, files]): FSWatcher[] => {
    const wanted = new Set(files.map((file) => basename(file)));
    const isChange = (name: string | null): boolean => name === null || wanted.has(name);
    try {
      const watcher = watch(directory, (_event, name) => {
        if (!isChange(name)) return;
        if (timer !== null) clearTimeout(timer);
        timer = setTimeout(onChange, SETTLE_MS);
      });
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      // The directory is not there; the directory above it is watched when it holds a file of its own.
      return [];
    }
  });
  return {
    close() {
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
};

/**
 * Checks, waits for a change, checks again.
 *
 * @param stop - Ends the loop; the result is the last outcome.
 */
export async function checkAndWatch(
  check: () => Promise<CheckOutcome>,
  announce: (outcome: CheckOutcome) => void,
  watcher: WatchFiles,
  stop: AbortSignal,
): Promise<CheckOutcome> {
  for (;;) {
    const outcome = await check();
    if (stop.aborted) return outcome;
    announce(outcome);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const onEvent = (): void => {
      resolve(undefined);
    };
    stop.addEventListener('abort', onEvent, { once: true });
    const watched = watcher(outcome.requested, onEvent);
    await promise;
    stop.removeEventListener('abort', onEvent);
    watched.close();
    // Through a function: the compiler believes that the property still is what it was before the wait.
    if (isAborted(stop)) return outcome;
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
