import type { FastCgiFacts } from '../compiler/lint/environment.ts';
import type { Endpoint } from '../routing-table/schema.ts';
import { probeFastCgi } from './probe-fastcgi.ts';

const PROBE_TIMEOUT_MS = 3000;

/** Collects which FastCGI servers are asked about, and asks them all at once. */
export class FastCgiSurvey {
  readonly #open = new Map<string, Endpoint>();
  readonly #answers = new Map<string, FastCgiFacts>();

  /** What is known by now; null notes the question. */
  ask(endpoint: Endpoint): FastCgiFacts | null {
    const key = JSON.stringify(endpoint);
    const answer = this.#answers.get(key) ?? null;
    if (answer === null) this.#open.set(key, endpoint);
    return answer;
  }

  async askOpenQuestions(): Promise<void> {
    await Promise.all(
      [...this.#open].map(async ([key, endpoint]) => {
        this.#answers.set(key, await probeFastCgi(endpoint, PROBE_TIMEOUT_MS));
      }),
    );
    this.#open.clear();
  }
}
