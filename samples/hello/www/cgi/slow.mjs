// @ts-check
/** Never answers: the server ends it after TimeForCGI seconds and tells the browser so. */
import { setInterval } from 'node:timers';

setInterval(() => undefined, 1000);
