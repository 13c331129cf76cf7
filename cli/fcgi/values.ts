/** `hiawatha-ts fcgi values`: what an application says of itself. */
import type { Endpoint } from '../../routing-table/schema.ts';
import { describeConnectError } from '../../runtime/worker/connect-error.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { probeFastCgi } from '../probe-fastcgi.ts';
import { visibleInLine } from '../report/visible-text.ts';
import { connectErrorOf } from './connect-error-of.ts';
import { endpointText } from '../../routing-table/endpoint-text.ts';

/** @returns problems when something else answers, or nothing; unable when nobody can be reached. */
export async function runValues(
  endpoint: Endpoint,
  timeoutMs: number,
  isJson: boolean,
  console: Console,
): Promise<ExitCode> {
  const code = await connectErrorOf(endpoint, timeoutMs);
  const facts = code === null ? await probeFastCgi(endpoint, timeoutMs) : null;
  const reason = code === null ? null : await describeConnectError(endpoint, code);
  if (isJson) {
    const answer = facts ?? { kind: 'refused', reason };
    console.out(`${JSON.stringify({ version: 1, ...answer }, null, 2)}\n`);
  }
  if (facts === null) {
    if (!isJson) console.err(`hiawatha-ts: ${reason ?? ''}\n`);
    return EXIT.unable;
  }
  if (facts.kind === 'answered') {
    if (!isJson) {
      for (const [name, value] of facts.values) {
        console.out(`${visibleInLine(name)}=${visibleInLine(value)}\n`);
      }
      if (facts.values.length === 0)
        console.err('it speaks FastCGI and knows none of the values\n');
    }
    return EXIT.ok;
  }
  if (!isJson) {
    const text = endpointText(endpoint);
    console.err(
      facts.kind === 'foreign'
        ? `hiawatha-ts: what listens at ${text} does not speak FastCGI\n`
        : `hiawatha-ts: what listens at ${text} says nothing: busy, or no FastCGI application (some know no values and stay silent)\n`,
    );
  }
  return EXIT.problems;
}
