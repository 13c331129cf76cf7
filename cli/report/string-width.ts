/** A bundle of its own, which `visible-text.ts` loads when it needs it. */
export { default } from 'string-width';
