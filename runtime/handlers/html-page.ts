import type { ByteString } from '../byte-string.ts';

/**
 * A page of the server's own.
 *
 * @param title - Also the heading. As markup, like the rest.
 */
export function htmlPage(title: ByteString, style: string, content = ''): ByteString {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
${content}</body>
</html>
`;
}
