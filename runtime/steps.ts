/**
 * Work that may have to wait, and hardly ever does: written as a generator that yields what it waits for. Where it waits for
 * nothing its result is there at once, without the promise and the turn of the queue that an `async` function takes.
 */

/** @typeParam Result - What the work comes to. */
export type Steps<Result> = Generator<Promise<unknown>, Result>;

/** Waits, by `yield*`, for a promise. @returns what it is fulfilled with; a rejection ends the work. */
export function* settled<Value>(promise: Promise<Value>): Steps<Value> {
  const values: Value[] = [];
  yield promise.then((value) => values.push(value));
  for (const value of values) return value;
  throw new Error('steps went on before what they wait for');
}

/** Does the work, as far as it goes without waiting. */
export function finish<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const step = steps.next();
  return step.done === true ? step.value : goOn(steps, step.value);
}

async function goOn<Result>(steps: Steps<Result>, first: Promise<unknown>): Promise<Result> {
  let awaited = first;
  for (;;) {
    await awaited;
    const step = steps.next();
    if (step.done === true) return step.value;
    awaited = step.value;
  }
}
