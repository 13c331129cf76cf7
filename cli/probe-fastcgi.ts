/** What a check wants to know of a FastCGI server. */
import type { FastCgiFacts } from '../compiler/lint/environment.ts';
import type { Endpoint } from '../routing-table/schema.ts';
import { askValues } from '../runtime/worker/ask-values.ts';
import { describeSystemError } from './system-error.ts';

/** Connects, asks, and closes. Never fails: what goes wrong is the answer. */
export async function probeFastCgi(endpoint: Endpoint, timeoutMs: number): Promise<FastCgiFacts> {
  const answer = await askValues(endpoint, { connectMs: timeoutMs, answerMs: timeoutMs });
  return answer.kind === 'refused'
    ? { kind: 'refused', reason: describeSystemError(answer.error) }
    : answer;
}
