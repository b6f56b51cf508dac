import { html } from 'hono/html';
import type { Html } from './page.ts';

/** JSON with a caption; the page's script adds a copy button. */
export function jsonBlock(caption: string, data: object): Html {
  return html`<figure class="json">
    <figcaption>${caption}</figcaption>
    <pre><code>${coloured(JSON.stringify(data, null, 2))}</code></pre>
  </figure>`;
}

const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|(\btrue\b|\bfalse\b|\bnull\b|-?\d[\d.eE+-]*)/g;

function coloured(json: string): Html[] {
  const parts: Html[] = [];
  let end = 0;
  for (const match of json.matchAll(TOKENS)) {
    const [text, string = '', colon, plain = ''] = match;
    parts.push(html`${json.slice(end, match.index)}`);
    if (colon !== undefined) parts.push(html`<span class="key">${string}</span>${colon}`);
    else parts.push(html`<span class="${string === '' ? 'plain' : 'string'}">${string}${plain}</span>`);
    end = match.index + text.length;
  }
  return [...parts, html`${json.slice(end)}`];
}
