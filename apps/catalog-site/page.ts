import { pathPart } from '../../schema-registry/documents/path-part.ts';
import { html } from 'hono/html';
import type { CatalogEvent } from '../../schema-registry/documents/catalog-model.ts';

/** Markup in which every inserted value is escaped. */
export type Html = ReturnType<typeof html>;

export interface Page {
  readonly title: string;
  readonly description: string;
  /** The relative path from the page's folder to the index: the site works at any location, even without a server. */
  readonly root: string;
  /** `<base href>`, if a page's address is not that of its folder. */
  readonly base?: string;
  readonly navigation?: Html;
  readonly main: Html;
}

export function pageText({ title, description, root, base, navigation, main }: Page): Promise<string> {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        ${base === undefined ? '' : html`<base href="${base}" />`}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${description}" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${root}catalog.css" />
        <script src="${root}catalog.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="site">
          <a class="home" href="${root}index.html">Figtree <span>event catalog</span></a>
          <a href="${root}asyncapi.json">AsyncAPI</a>
        </header>
        <div class="${navigation === undefined ? 'whole' : 'columns'}">
          ${navigation}
          <main id="main" tabindex="-1">${main}</main>
        </div>
        <footer class="site">
          <p>Drawn from the code by <code>figtree schema docs</code>.</p>
        </footer>
      </body>
    </html>`;
  return Promise.resolve(page).then((text) => `${tidied(String(text))}\n`);
}

// Templates are written for readability; their indentation is removed here. Preformatted text has no lines that begin
// with spaces, so it stays.
function tidied(text: string): string {
  return text
    .split(/(<pre[\s\S]*?<\/pre>)/)
    .map((part) => (part.startsWith('<pre') ? part : part.replace(/\s*\n\s*/g, '\n')))
    .join('');
}

/** The other events, by their owners. */
export function eventNavigation(events: readonly CatalogEvent[], here: CatalogEvent): Html {
  return html`<nav class="events" aria-label="Events">
    ${byOwner(events).map(
      ([owner, owned]) => html`
        <p>${owner}</p>
        <ul>
          ${owned.map((event) => html`<li>${navigationLink(event, event === here)}</li>`)}
        </ul>
      `,
    )}
  </nav>`;
}

function navigationLink({ type, status }: CatalogEvent, here: boolean): Html {
  const mark = status === 'active' ? '' : html` <small>${status}</small>`;
  return here
    ? html`<a href="${encodeURI(pathPart(type))}.html" aria-current="page"><code>${type}</code></a
        >${mark}`
    : html`<a href="${encodeURI(pathPart(type))}.html"><code>${type}</code></a
        >${mark}`;
}

/** Owners in alphabetical order, their events in catalog order. */
export function byOwner(events: readonly CatalogEvent[]): [string, CatalogEvent[]][] {
  return [...Map.groupBy(events, ({ owner }) => owner)].toSorted(([a], [b]) => a.localeCompare(b));
}

export function statusBadge({ status }: CatalogEvent): Html {
  return html`<span class="badge ${status}">${status}</span>`;
}
