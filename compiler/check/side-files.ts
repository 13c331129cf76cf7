/** Files that Hiawatha reads together with the configuration: hashes, certificates of authorities. */
import { diagnose } from '../../grammar/diagnostic.ts';
import { INVALID_VALUE } from '../../grammar/values/value-errors.ts';
import { UNREADABLE_FILE } from '../expand-errors.ts';
import type { SourceLoader } from '../source-loader.ts';
import { holdsCertificates } from './certificate.ts';
import { CERTIFICATE } from './check-errors.ts';
import type { CheckedHost, CheckedServer, FileHash } from './model.ts';
import type { Report } from './reading.ts';

const decoder = new TextDecoder('latin1');

/** The contents of the FileHashes files of some hosts. */
export function loadFileHashes(
  hosts: readonly CheckedHost[],
  loader: SourceLoader,
  report: Report,
): ReadonlyMap<string, readonly FileHash[]> {
  const files = new Map<string, readonly FileHash[]>();
  for (const host of hosts) {
    for (const { value: path, directive } of host.settings.fileHashes.lines) {
      const { span } = directive.value;
      const loaded = loader.load(path);
      if (loaded.kind !== 'file') {
        const reason = loaded.kind === 'directory' ? 'it is a directory' : loaded.reason;
        report(
          diagnose(UNREADABLE_FILE, {
            severity: 'error',
            message: `cannot read the hashes in "${path}": ${reason}`,
            span,
            notes: [
              { message: 'Hiawatha reads the file while it reads the configuration', span: null },
            ],
          }),
        );
        continue;
      }
      const { hashes, problem } = readHashes(decoder.decode(loaded.bytes));
      if (problem !== null) {
        report(
          diagnose(INVALID_VALUE, {
            severity: 'error',
            message: `"${path}" is no list of hashes: ${problem}`,
            span,
            notes: [
              {
                message: 'each line is "<64 hexadecimal digits>: <file name>", nothing else',
                span: null,
              },
            ],
          }),
        );
      } else files.set(path, hashes);
    }
  }
  return files;
}

function readHashes(text: string): { hashes: readonly FileHash[]; problem: string | null } {
  const hashes: FileHash[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  if (text === '') return { hashes, problem: 'it is empty' };
  for (const [index, line] of lines.entries()) {
    const found = /^([0-9a-f]*)[ \t]*:[ \t]*(.*?)[ \t\r]*$/i.exec(line);
    const where = `line ${index + 1}`;
    if (line.trim() === '') return { hashes, problem: `${where} is blank` };
    if (found?.[1] === undefined || found[2] === undefined || found[2] === '') {
      return { hashes, problem: `${where} has no hash with a colon and a file name` };
    }
    if (found[1].length !== SHA256_DIGITS) {
      return { hashes, problem: `the hash of ${where} has ${found[1].length} digits, not 64` };
    }
    hashes.push({ path: found[2], sha256: found[1].toLowerCase() });
  }
  return { hashes, problem: null };
}

const SHA256_DIGITS = 64;

/** Reports a CAcertificates file that holds no certificates. */
export function checkCaCertificates(
  server: CheckedServer,
  loader: SourceLoader,
  report: Report,
): void {
  for (const { value: path, directive } of server.settings.caCertificates.lines) {
    const problem = problemOfCertificates(path, loader);
    if (problem === null) continue;
    report(
      diagnose(CERTIFICATE, {
        severity: 'error',
        message: problem,
        span: directive.value.span,
        notes: [
          {
            message:
              'name a file of certificates in PEM form, or a directory with nothing else in it',
            span: null,
          },
        ],
      }),
    );
  }
}

function problemOfCertificates(path: string, loader: SourceLoader): string | null {
  const loaded = loader.load(path);
  switch (loaded.kind) {
    case 'unreadable':
      return `cannot read the certificates in "${path}": ${loaded.reason}`;
    case 'file':
      return holdsCertificates(decoder.decode(loaded.bytes))
        ? null
        : `"${path}" holds no certificate, or a damaged one`;
    case 'directory': {
      const names = loaded.names.filter((name) => !name.startsWith('.')).sort();
      for (const name of names) {
        const file = loader.load(`${path}/${name}`);
        if (file.kind === 'directory') continue;
        if (file.kind === 'unreadable' || !holdsCertificates(decoder.decode(file.bytes))) {
          return `"${name}" in "${path}" is no certificate`;
        }
      }
      return null;
    }
  }
}
