// @ts-check
/**
 * A CGI script: started for this one request, given the request in environment variables and standard input, ended
 * when it has written its answer to standard output.
 */
import { readFileSync } from 'node:fs';

const hasBody = process.env['CONTENT_LENGTH'] !== undefined;
const body = hasBody ? readFileSync(process.stdin.fd, 'utf8') : '';

/** @param {string} text */
const escapeHtml = (text) => text.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);

const rows = Object.entries(process.env)
  .toSorted(([left], [right]) => left.localeCompare(right))
  .map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value ?? '')}</td></tr>`)
  .join('\n');

process.stdout.write(`Content-Type: text/html; charset=utf-8\r
Cache-Control: no-store\r
\r
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>What a CGI script sees</title>
<link rel="stylesheet" href="/style.css">
<main>
<p><a href="/">← back</a></p>
<h1>What a CGI script sees</h1>
<p>Process <strong id="process">${process.pid}</strong> was started for this request and ends with it: reload, and the
number changes.</p>
<form method="post" action="${escapeHtml(process.env['SCRIPT_NAME'] ?? '')}">
<label>Send it something <input name="message" value="hello"></label> <button>Send</button>
</form>
<h2>Standard input</h2>
<pre id="body">${hasBody ? escapeHtml(body) : '(the request had no body)'}</pre>
<h2>Environment</h2>
<table>
${rows}
</table>
</main>
</html>
`);
