/** The fields of an answer as the client gets them. */
import type { ResponseHead } from '../gateway/messages.ts';
import type { Site } from '../routing/site.ts';

/** The fields that an application sent, names and values in turn; with its Server field where ours is not sent. */
export function answerFields(head: ResponseHead, site: Site): readonly string[] {
  const fields = flatFields(head.fields);
  if (site.isServerFieldOurs) return fields;
  const servers = head.instructions.filter(([name]) => name === 'server');
  return servers.length === 0
    ? fields
    : [...fields, ...servers.flatMap(([, value]) => ['Server', value])];
}

/** The last fields, which are the same list where an answer has those of the one before. */
let lastFields: {
  readonly pairs: ResponseHead['fields'];
  readonly flat: readonly string[];
} = { pairs: [], flat: [] };

/** Names and values in turn. */
function flatFields(pairs: ResponseHead['fields']): readonly string[] {
  if (lastFields.pairs === pairs) return lastFields.flat;
  const flat: string[] = [];
  for (const [name, value] of pairs) flat.push(name, value);
  lastFields = { pairs, flat };
  return flat;
}
