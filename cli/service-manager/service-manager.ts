/**
 * What a service manager is told: sd_notify(3) of systemd, for units with `Type=notify` and `WatchdogSec=`.
 *
 * Without NOTIFY_SOCKET nothing is said, at no cost.
 */
import { type DatagramSender, datagramSender } from './datagram.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Who has started this process and wants to know how it fares. */
export interface ServiceManager {
  /** It serves; also after a reload. */
  ready(status: string): void;
  reloading(): void;
  stopping(): void;
  /** Says from now on that the event loop turns, as often as is wanted. */
  startWatchdog(): void;
  close(): void;
}

const NOBODY: ServiceManager = {
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  startWatchdog: () => undefined,
  close: () => undefined,
};

/** Microseconds in a millisecond. */
const USEC_PER_MS = 1000;

/**
 * The service manager that the environment names.
 *
 * @param onProblem - Is told once that it cannot be told anything.
 */
export function serviceManagerOf(
  environment: Environment,
  pid: number,
  onProblem: (message: string) => void,
  sender: DatagramSender = datagramSender(),
): ServiceManager {
  const socket = environment['NOTIFY_SOCKET'] ?? '';
  if (socket === '') return NOBODY;
  let hasComplained = false;
  const say = (...lines: readonly string[]): void => {
    const problem = sender(socket, `${lines.join('\n')}\n`);
    if (problem === null || hasComplained) return;
    hasComplained = true;
    onProblem(`cannot tell the service manager at ${socket} how this server fares: ${problem}`);
  };
  let watchdog: NodeJS.Timeout | null = null;
  return {
    ready: (status) => say('READY=1', `MAINPID=${pid}`, `STATUS=${status}`),
    reloading: () => {
      const monotonicUsec = process.hrtime.bigint() / 1000n;
      say(
        'RELOADING=1',
        `MONOTONIC_USEC=${monotonicUsec}`,
        'STATUS=reading the configuration anew',
      );
    },
    stopping: () => say('STOPPING=1', 'STATUS=finishing the requests under way'),
    startWatchdog: () => {
      const intervalMs = watchdogMs(environment, pid);
      if (intervalMs === null) return;
      watchdog = setInterval(() => say('WATCHDOG=1'), intervalMs);
      watchdog.unref();
    },
    close: () => {
      if (watchdog !== null) clearInterval(watchdog);
    },
  };
}

/** Half of the time after which silence counts as a failure; null where nobody waits: sd_watchdog_enabled(3). */
function watchdogMs(environment: Environment, pid: number): number | null {
  const usec = Number(environment['WATCHDOG_USEC'] ?? '');
  const watched = environment['WATCHDOG_PID'];
  if (!Number.isFinite(usec) || usec <= 0) return null;
  if (watched !== undefined && watched !== String(pid)) return null;
  return Math.max(1, Math.floor(usec / USEC_PER_MS / 2));
}
