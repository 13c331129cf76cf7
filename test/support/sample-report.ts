import { unpainted } from '../../cli/console.ts';
import type { CheckReport, ReportSettings } from '../../cli/report/report.ts';
import { diagnose } from '../../grammar/diagnostic.ts';
import type { SourceFile, SourceSpan } from '../../grammar/source.ts';
import { WORD_RULES } from './word-compiler.ts';

const MAIN: SourceFile = {
  path: 'hiawatha.conf',
  text: [
    'Binding {',
    '\tPort = 80',
    '}',
    'VirtualHost {',
    '  Hostnme = www.example.org',
    '  WebsiteRoot = /var/www/日本語  # <&"%,:>',
    '}',
    '',
  ].join('\n'),
};

const INCLUDED: SourceFile = { path: 'sites/a b.conf', text: 'FastCGIid = PHP\r\n' };

function spanOf(file: SourceFile, text: string): SourceSpan {
  const start = file.text.indexOf(text);
  return { file, start, end: start + text.length };
}

/** Two configurations with one problem of each kind, with everything in them that a format has to escape. */
export const SAMPLE_REPORT: CheckReport = {
  configs: [
    {
      path: 'site/hiawatha.conf',
      suppressed: [
        {
          diagnostic: diagnose(WORD_RULES.odd, {
            severity: 'warning',
            message: 'the name is odd',
            span: spanOf(MAIN, 'www.example.org'),
          }),
          reason: 'it was always called that',
        },
      ],
      nameOf: (file) => `site/${file.path}`,
      diagnostics: [
        diagnose(WORD_RULES.hint, {
          severity: 'hint',
          message: 'the port is 80',
          span: spanOf(MAIN, '80'),
        }),
        diagnose(WORD_RULES.broken, {
          severity: 'error',
          message: 'unknown directive "Hostnme" in VirtualHost; did you mean "Hostname"?',
          span: spanOf(MAIN, 'Hostnme'),
          fix: {
            title: 'write "Hostname"',
            safe: true,
            edits: [{ span: spanOf(MAIN, 'Hostnme'), text: 'Hostname' }],
          },
        }),
        diagnose(WORD_RULES.odd, {
          severity: 'warning',
          message: '100% of "日本語" <is> & wide',
          span: spanOf(MAIN, '日本語'),
          notes: [
            { message: 'the id is defined here', span: spanOf(INCLUDED, 'PHP') },
            { message: 'line one,\nline two: \u001b[31mred', span: null },
          ],
        }),
        diagnose(WORD_RULES.risky, {
          severity: 'warning',
          message: 'the section is of no use',
          span: { file: MAIN, start: MAIN.text.indexOf('VirtualHost'), end: MAIN.text.length - 1 },
          fix: {
            title: 'remove the section',
            safe: false,
            edits: [
              {
                span: {
                  file: MAIN,
                  start: MAIN.text.indexOf('VirtualHost'),
                  end: MAIN.text.length,
                },
                text: '',
              },
            ],
          },
        }),
      ],
    },
    { path: 'clean.conf', suppressed: [], nameOf: (file) => file.path, diagnostics: [] },
  ],
  unreadable: [{ path: 'gone.conf', reason: 'no such file or directory' }],
  baselined: 3,
  repaired: 0,
};

export const SAMPLE_SETTINGS: ReportSettings = {
  version: '1.2.3',
  paint: unpainted,
  columns: null,
  isWarningFailure: false,
  workingDirectory: '/home/user/project',
  rules: Object.values(WORD_RULES),
};
