import { reasonPhrase } from '../http/reason-phrase.ts';

/** The built-in page of a status. */
export function errorPage(status: number): string {
  const title = `${status} - ${reasonPhrase(status)}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:1.1em/1.5 sans-serif;margin:15vh auto;max-width:32em;padding:0 1em;color:#333}</style>
</head>
<body>
<h1>${title}</h1>
</body>
</html>
`;
}
