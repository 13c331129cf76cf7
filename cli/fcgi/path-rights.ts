/** Who may go where on the way to a socket or a script, element by element. */
import { access, constants, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

import { askProgram } from '../../runtime/process-identity.ts';

/** What is wrong with a path, and what to do. */
export interface PathFault {
  readonly text: string;
  readonly advice: string;
}

/** Why this user cannot write to a socket: the first element of its path that is at fault; null when none is. */
export async function socketFault(path: string): Promise<PathFault | null> {
  const user = nameOfThisUser();
  for (const element of elementsOf(path)) {
    const isSocket = element === path;
    const facts = await stat(element).catch(() => null);
    if (facts === null) return missing(element, isSocket, user);
    if (isSocket && !facts.isSocket()) {
      return {
        text: `${path} is no socket`,
        advice: 'give the path that the application listens on',
      };
    }
    if (await isAllowed(element, isSocket ? constants.W_OK : constants.X_OK)) continue;
    const owned = ownership(facts);
    return isSocket
      ? {
          text: `${user} may not write to ${element} (${owned})`,
          advice: 'with php-fpm: set listen.owner, listen.group and listen.mode = 0660',
        }
      : {
          text: `${user} may not enter ${element} (${owned})`,
          advice: `chmod a+x ${element}, or put ${user} into its group`,
        };
  }
  return null;
}

/**
 * The first element on the way to a file that keeps out everybody but its owner and group, which are perhaps not those of
 * the application; null when none does.
 */
export async function closedElement(file: string): Promise<PathFault | null> {
  for (const element of elementsOf(file)) {
    const facts = await stat(element).catch(() => null);
    if (facts === null) return null;
    const isFile = element === file;
    if ((facts.mode & (isFile ? constants.S_IROTH : constants.S_IXOTH)) !== 0) continue;
    const verb = isFile ? 'read' : 'enter';
    const right = isFile ? 'r' : 'x';
    return {
      text: `only its owner and group may ${verb} ${element} (${ownership(facts)})`,
      advice: `chmod a+${right} ${element}, or run the application as a user who may`,
    };
  }
  return null;
}

/** The name of the user whose rights this process has. */
export function nameOfThisUser(): string {
  const uid = process.geteuid?.();
  return uid === undefined ? userInfo().username : nameIn('passwd', uid);
}

async function missing(element: string, isSocket: boolean, user: string): Promise<PathFault> {
  const directory = dirname(element);
  if (!(await isAllowed(directory, constants.X_OK))) {
    return {
      text: `${user} may not enter ${directory}`,
      advice: `chmod a+x ${directory}, or put ${user} into its group`,
    };
  }
  return {
    text: `${element} does not exist`,
    advice: isSocket
      ? 'start the application, or correct its "listen"'
      : 'create the directory, or correct the path',
  };
}

/** The path and all directories above it, from the top. */
function elementsOf(path: string): string[] {
  const elements = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) elements.unshift(dirname(at));
  return elements;
}

function isAllowed(path: string, right: number): Promise<boolean> {
  return access(path, right).then(
    () => true,
    () => false,
  );
}

function ownership({ uid, gid, mode }: { uid: number; gid: number; mode: number }): string {
  const digits = (mode & 0o777).toString(8);
  return `owner ${nameIn('passwd', uid)}, group ${nameIn('group', gid)}, mode ${digits}`;
}

/** The name of a number; the number where it has none. */
function nameIn(database: 'passwd' | 'group', id: number): string {
  return askProgram('getent', [database, String(id)])?.split(':')[0] ?? String(id);
}
