import { configuration, directory, virtualHost } from './example.ts';
import { defineRule } from './rule.ts';
import { placeOf } from './wording.ts';

const HOST = virtualHost('Hostname = www.example.org', 'UseDirectory = files');
const READ = 'AccessList = allow 10.0.0.0/8';
const WRITE = 'AlterList = deny all';

export const DIRECTORY_LISTS_MERGED = defineRule({
  code: 'HW907',
  slug: 'directory-lists-merged',
  summary: 'AlterList behind AccessList in a Directory section changes who may read.',
  explanation:
    'In a Directory section Hiawatha appends the items of AlterList to an AccessList that stands before it, so they also ' +
    'decide who may read. Write AlterList first; then the two stay apart.',
  bad: configuration(directory('DirectoryID = files', 'Path = /files', READ, WRITE), HOST),
  good: configuration(directory('DirectoryID = files', 'Path = /files', WRITE, READ), HOST),
  source: 'serverconfig.c: directory_setting',
  check(config, report) {
    for (const { settings } of config.directories) {
      const read = settings.accessList.lines[0];
      const write = settings.alterList.lines.find(
        (line) => read !== undefined && line.order > read.order,
      );
      if (read === undefined || write === undefined) continue;
      report({
        severity: 'warning',
        message: `in Hiawatha these items also decide who may read: AlterList is appended to AccessList on ${placeOf(read.directive.span, write.directive.span)}`,
        span: write.directive.value.span,
        notes: [
          {
            message: 'write AlterList before AccessList, and they stay apart',
            span: read.directive.keySpan,
          },
        ],
      });
    }
  },
});
