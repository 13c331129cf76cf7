import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { SourceLoader } from '../../compiler/source-loader.ts';
import { mapSourceLoader } from '../support/map-source-loader.ts';

const CONFORMANCE = join(import.meta.dirname, 'config');
const CONFIG_DIRECTORY = '/home/hiawatha/config';

const CorpusCase = z.strictObject({
  name: z.string(),
  note: z.string(),
  verdict: z.enum(['accept', 'reject']),
  modules: z.array(z.string()).optional(),
  environment: z.array(z.string()).optional(),
  hasNoMimetypeFile: z.boolean().optional(),
  file: z.string().optional(),
  line: z.int().optional(),
  lintLevel: z.enum(['ok', 'warn', 'error']),
  lintRules: z.array(z.string()),
  files: z.record(z.string(), z.string()),
});
export type CorpusCase = z.infer<typeof CorpusCase>;

/** All cases, family by family. */
export function readCorpus(): CorpusCase[] {
  return globSync('*.json', { cwd: CONFORMANCE })
    .sort()
    .flatMap((name) =>
      z.array(CorpusCase).parse(JSON.parse(readFileSync(join(CONFORMANCE, name), 'utf8'))),
    );
}

const MIMETYPE_CONFIG = readFileSync(join(CONFORMANCE, 'mimetype.conf'), 'latin1');

/** The files of a case, in its directory. */
export function loaderOf(corpusCase: CorpusCase): SourceLoader {
  const common = corpusCase.hasNoMimetypeFile === true ? {} : { 'mimetype.conf': MIMETYPE_CONFIG };
  const files: Record<string, Uint8Array> = {};
  for (const [name, text] of Object.entries({ ...common, ...corpusCase.files })) {
    files[name] = Buffer.from(text.replaceAll('@DIR@', CONFIG_DIRECTORY), 'latin1');
  }
  return mapSourceLoader(files, CONFIG_DIRECTORY);
}
