import { chromium, type Page } from 'playwright-core';
import { findProgram } from './installed-programs.ts';

const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Shows pages in a browser without window. @returns what the pages asked for and did not get. */
export async function browse(
  use: (page: Page) => Promise<void>,
  options: { readonly isAnyCertificateTaken?: boolean } = {},
): Promise<string[]> {
  const browser = await chromium.launch({
    executablePath: findProgram('chromium') ?? 'chromium',
    args: CHROMIUM_ARGUMENTS,
  });
  try {
    const page = await browser.newPage({
      ignoreHTTPSErrors: options.isAnyCertificateTaken === true,
    });
    const broken: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400) broken.push(`${response.status()} ${response.url()}`);
    });
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? 'failed';
      // What the browser gives up itself, because another page is asked for; a server that breaks off is named otherwise.
      if (reason !== 'net::ERR_ABORTED') broken.push(`${reason} ${request.url()}`);
    });
    await use(page);
    return broken;
  } finally {
    await browser.close();
  }
}
