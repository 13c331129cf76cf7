/** The sections that others name by an id. */
import {
  UNKNOWN_BINDING,
  UNKNOWN_DIRECTORY,
  UNKNOWN_FASTCGI_SERVER,
  UNKNOWN_TOOLKIT,
} from './check-errors.ts';
import type { IdKind } from './resolve.ts';

export const FASTCGI_IDS: IdKind = {
  rule: UNKNOWN_FASTCGI_SERVER,
  noun: 'FastCGI server',
  section: 'FastCGIserver',
  idName: 'FastCGIid',
  useName: 'UseFastCGI',
  winner: 'last',
  isRefused: true,
};

export const DIRECTORY_IDS: IdKind = {
  rule: UNKNOWN_DIRECTORY,
  noun: 'directory',
  section: 'Directory',
  idName: 'DirectoryID',
  useName: 'UseDirectory',
  winner: 'first',
  isRefused: true,
};

export const TOOLKIT_IDS: IdKind = {
  rule: UNKNOWN_TOOLKIT,
  noun: 'toolkit',
  section: 'UrlToolkit',
  idName: 'ToolkitID',
  useName: 'UseToolkit',
  winner: 'last',
  isRefused: true,
};

export const BINDING_IDS: IdKind = {
  rule: UNKNOWN_BINDING,
  noun: 'binding',
  section: 'Binding',
  idName: 'BindingId',
  useName: 'RequiredBinding',
  winner: 'first',
  isRefused: false,
};
