// Requests what each card links to and writes below it what came back.
for (const card of document.querySelectorAll('article[data-url]')) void tryCard(card);

async function tryCard(card) {
  const result = card.querySelector('.result');
  result.textContent = 'waiting …';
  const started = performance.now();
  try {
    const response = await fetch(card.dataset.url, { cache: 'no-store' });
    const text = await response.text();
    const milliseconds = Math.round(performance.now() - started);
    const parts = [`${response.status} ${response.statusText}`.trim(), `${milliseconds} ms`];
    const type = response.headers.get('content-type');
    if (type !== null) parts.push(type.split(';')[0]);
    if (card.dataset.show !== undefined) {
      const page = new DOMParser().parseFromString(text, 'text/html');
      const shown = page.querySelector(card.dataset.show)?.textContent;
      if (shown !== undefined) parts.push(`${card.dataset.label} ${shown}`);
    }
    result.textContent = parts.join(' · ');
    card.dataset.outcome = isExpected(response.status, card.dataset.expect) ? 'right' : 'wrong';
  } catch (error) {
    result.textContent = String(error);
    card.dataset.outcome = 'wrong';
  }
}

function isExpected(status, expected) {
  return expected === '5xx' ? status >= 500 : String(status) === expected;
}
