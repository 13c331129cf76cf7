/**
 * Directives of a Directory section (hiawatha(1) DIRECTORY CONFIGURATION; serverconfig.c: directory_setting). What is not
 * written leaves the setting of the host.
 */
import { credentialFiles } from '../values/credential-files.ts';
import { expirePeriod } from '../values/expire-period.ts';
import { fileMode } from '../values/file-mode.ts';
import { extensions, urlPaths } from '../values/name-list.ts';
import { uploadSpeed } from '../values/number-pair.ts';
import { showIndex } from '../values/show-index.ts';
import { fileName, text } from '../values/text.ts';
import { yesNo } from '../values/yes-no.ts';
import { listed, optional } from './directive-spec.ts';
import { ACCESS_DIRECTIVES, cgiTime, WRAPPER_DIRECTIVES } from './shared.ts';

const upstream = 'DIRECTORY CONFIGURATION';
const defaultText = 'that of the host';

/** The directives of Directory sections. */
export const DIRECTORY = {
  ...ACCESS_DIRECTIVES,
  alterMode: optional(fileMode, {
    name: 'AlterMode',
    summary: 'File mode of uploaded files',
    upstream,
    example: 'AlterMode = 660',
    defaultText,
  }),
  id: optional(text, {
    name: 'DirectoryID',
    added: '10.0',
    summary: 'Name for UseDirectory',
    upstream,
    example: 'DirectoryID = assets',
    repetition: 'error',
  }),
  executeCgi: optional(yesNo, {
    name: 'ExecuteCGI',
    summary: 'Allow CGI',
    upstream,
    example: 'ExecuteCGI = no',
    defaultText,
  }),
  expirePeriod: optional(expirePeriod, {
    name: 'ExpirePeriod',
    added: '10.0',
    summary: 'Send Expires and Cache-Control for static files',
    upstream,
    example: 'ExpirePeriod = 2 weeks, public',
  }),
  extensions: listed(extensions, {
    name: 'Extensions',
    added: '10.1',
    summary: 'Apply the section only to files with these extensions, or without any',
    upstream,
    example: 'Extensions = png, jpg',
  }),
  followSymlinks: optional(yesNo, {
    name: 'FollowSymlinks',
    summary: 'Follow links that leave the site and are not owned by root',
    upstream,
    example: 'FollowSymlinks = no',
    defaultText,
  }),
  passwordFile: optional(credentialFiles, {
    name: 'PasswordFile',
    summary: 'Require a login; none does not switch off the login of the host',
    upstream,
    example: 'PasswordFile = basic:/srv/passwords',
    defaultText,
  }),
  paths: {
    ...listed(urlPaths, {
      name: 'Path',
      summary:
        'URL prefixes, compared with the original request URI; without final slash a slash must follow',
      upstream,
      example: 'Path = /files, /images',
      addsUpSince: '10.0',
    }),
    presence: 'required' as const,
  },
  runOnDownload: optional(text, {
    name: 'RunOnDownload',
    summary: 'Program to run after a static file was requested with GET',
    upstream,
    example: 'RunOnDownload = /usr/local/bin/count',
  }),
  showIndex: optional(showIndex, {
    name: 'ShowIndex',
    summary: 'Directory listing: no, yes, xml or the path of an XSLT sheet',
    upstream,
    example: 'ShowIndex = yes',
    defaultText,
    feature: 'xslt',
  }),
  startFile: optional(fileName, {
    name: 'StartFile',
    summary: 'File sent for a directory',
    upstream,
    example: 'StartFile = index.php',
    defaultText,
  }),
  timeForCgiMs: optional(cgiTime, {
    name: 'TimeForCGI',
    summary: 'Time limit of a CGI or FastCGI job, in seconds',
    upstream,
    example: 'TimeForCGI = 60',
    defaultText,
  }),
  uploadSpeed: optional(uploadSpeed, {
    name: 'UploadSpeed',
    summary: 'Bandwidth in kB/s shared by at most this many connections; more get 503',
    upstream,
    example: 'UploadSpeed = 20,4',
  }),
  ...WRAPPER_DIRECTIVES,
};
