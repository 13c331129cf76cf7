// @ts-check
/** Fails before it has written a header: the browser gets an error page, the text below goes to the error log. */
throw new Error('this script fails on purpose');
