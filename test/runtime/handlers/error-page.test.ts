import { expect, test } from 'vitest';
import { errorPage } from '../../../runtime/handlers/error-page.ts';

test('errorPage has the status and its phrase, and asks nothing of other servers', () => {
  const page = errorPage(404);
  expect(page).toContain('<title>404 - Not Found</title>');
  expect(page).toContain('<h1>404 - Not Found</h1>');
  expect(page).not.toMatch(/src=|href=|url\(/);
});
