/** Fields of requests that programs do not get because of their names: whoever misses one finds it in a log. */
import { byteStringOf } from '../byte-string.ts';
import { whyFieldIsDropped } from '../cgi/environment.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Logs } from '../log.ts';

/** Clients that make up names must fill neither memory nor logs. */
const MAX_SAID = 100;
const MAX_NAMES_OF_REQUEST = 8;
const MAX_SHOWN_LENGTH = 94;

/** Says each name once for each host in its error log, and all of a request in the log of requests. Never a value. */
export class DroppedFields {
  readonly #logs: Pick<Logs, 'error'>;
  readonly #said = new Set<string>();

  constructor(logs: Pick<Logs, 'error'>) {
    this.#logs = logs;
  }

  /** A field is not passed on. @param name - As the client wrote it. */
  note({ trace, site, request }: Pick<Exchange, 'trace' | 'site' | 'request'>, name: string): void {
    const shown = name.length > MAX_SHOWN_LENGTH ? `${name.slice(0, MAX_SHOWN_LENGTH)}...` : name;
    if (trace !== null && trace.droppedFields.length < MAX_NAMES_OF_REQUEST) {
      trace.droppedFields.push(shown);
    }
    // Hiawatha drops those, too, and says nothing.
    if (name.length > MAX_SHOWN_LENGTH || this.#said.size >= MAX_SAID) return;
    const key = `${site.position} ${shown.toLowerCase()}`;
    if (this.#said.has(key)) return;
    this.#said.add(key);
    const isLast = this.#said.size === MAX_SAID;
    const often = isLast ? 'no further names are said' : 'said once for each name';
    const text = `the field ${shown} is not passed to programs: ${whyFieldIsDropped(name)} (${often})`;
    this.#logs.error(site, request.remoteAddress, byteStringOf(text));
  }
}
