import { identityOf } from '../../runtime/process-identity.ts';
import { RuntimeError } from '../../runtime/runtime-error.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { systemErrorCode } from '../system-error.ts';

/**
 * Makes this process that of another user, with all groups of the account, for good: what is tried from then on is tried with
 * the rights of that user.
 *
 * @param text - `user` or `user:group`, names or numbers.
 * @throws {@link CommandError} for an account that this machine does not have, or when this user may not become another.
 */
export function becomeUser(text: string): void {
  const [user = '', group] = text.split(':');
  let identity;
  try {
    identity = identityOf({ user, groups: group === undefined ? [] : [group] });
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const message = `--user: this machine does not know "${text}"; give a user, or user:group`;
    throw new CommandError(EXIT.usage, message, { cause: error });
  }
  try {
    process.setgroups?.([...identity.gids]);
    process.setgid?.(identity.gids[0]);
    process.setuid?.(identity.uid);
  } catch (error) {
    const message = `--user: this process may not become ${text} (${systemErrorCode(error) ?? String(error)}); start it as root, or as that user without --user`;
    throw new CommandError(EXIT.unable, message, { cause: error });
  }
}
