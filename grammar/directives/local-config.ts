/**
 * Directives of a `.hiawatha` file (hiawatha(1) LOCAL CONFIGURATION; serverconfig.c: user_setting). They are those of a
 * host; what is not written leaves what holds above the directory.
 */
import { VIRTUAL_HOST } from './virtual-host.ts';

/** The directives of .hiawatha files. */
export const LOCAL_CONFIG = {
  accessList: VIRTUAL_HOST.accessList,
  alterGroups: VIRTUAL_HOST.alterGroups,
  alterList: VIRTUAL_HOST.alterList,
  alterMode: VIRTUAL_HOST.alterMode,
  errorHandlers: VIRTUAL_HOST.errorHandlers,
  loginMessage: VIRTUAL_HOST.loginMessage,
  passwordFile: VIRTUAL_HOST.passwordFile,
  requiredGroups: VIRTUAL_HOST.requiredGroups,
  runOnAlter: VIRTUAL_HOST.runOnAlter,
  setenv: VIRTUAL_HOST.setenv,
  showIndex: VIRTUAL_HOST.showIndex,
  startFile: VIRTUAL_HOST.startFile,
  // Release 9.7 let local files choose toolkits.
  useToolkit: { ...VIRTUAL_HOST.useToolkit, added: '9.7' },
};
