import type { ScriptLocation } from '../../runtime/routing/request-target.ts';

/** Where a script of `/srv/www` is, asked for without more. */
export function makeScript(scriptFilename: string): ScriptLocation {
  return {
    scriptFilename,
    scriptName: scriptFilename.slice(scriptFilename.lastIndexOf('/')),
    pathInfo: null,
    query: '',
    documentRoot: '/srv/www',
    alias: null,
  };
}
