import { identityOf } from '../../../runtime/process-identity.ts';
import { RuntimeError } from '../../../runtime/runtime-error.ts';
import { CommandError } from '../../command-error.ts';
import { EXIT } from '../../exit-code.ts';

/**
 * Looks up `user` or `user:group`, names or numbers.
 *
 * @param option - That the text was given with.
 * @throws {@link CommandError} for an account that this machine does not have.
 */
export function accountOf(text: string, option: string): { uid: number; gid: number } {
  const [user = '', group] = text.split(':');
  try {
    const { uid, gids } = identityOf({ user, groups: group === undefined ? [] : [group] });
    return { uid, gid: gids[0] };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new CommandError(
      EXIT.usage,
      `${option}: this machine does not know "${text}"; give a user, or user:group`,
      { cause: error },
    );
  }
}
