import { describe, expect, test } from 'vitest';
import { reasonPhrase } from '../../../runtime/http/reason-phrase.ts';

describe('reasonPhrase', () => {
  test.each([
    [302, 'Found'],
    [413, 'Request Entity Too Large'],
    [414, 'Request-URI Too Long'],
    [416, 'Requested Range Not Satisfiable'],
    [440, 'Client TLS Certificate Required'],
    [441, 'SQL Injection Detected'],
    [442, 'Cross-Site Scripting Detected'],
    [443, 'Cross-Site Request Forgery Detected'],
    [444, 'Banned Due To Misconduct'],
    [509, 'Bandwidth Limit Exceeded'],
    [306, 'Unknown Error'],
    [599, 'Unknown Error'],
  ])('of %i is that of Hiawatha', (status, phrase) => {
    expect(reasonPhrase(status)).toBe(phrase);
  });

  test.each([
    [103, 'Early Hints'],
    [308, 'Permanent Redirect'],
    [418, "I'm a Teapot"],
    [425, 'Too Early'],
  ])('of %i is the one that is registered', (status, phrase) => {
    expect(reasonPhrase(status)).toBe(phrase);
  });
});
