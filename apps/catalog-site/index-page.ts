import { pathPart } from '../../schema-registry/documents/path-part.ts';
import { html } from 'hono/html';
import { defined } from '../../events/defined.ts';
import type { CatalogEvent } from '../../schema-registry/documents/catalog-model.ts';
import { byOwner, type Html, pageText, statusBadge } from './page.ts';

/** The start page: all events by their owners, and a search that needs no server. */
export function indexPage(events: readonly CatalogEvent[], base?: string): Promise<string> {
  const owners = byOwner(events);
  return pageText({
    title: 'Figtree event catalog',
    description: `${plural(events.length, 'event')} with fields, examples, versions, producers and consumers`,
    root: '',
    ...defined({ base }),
    main: html`
      <h1>Event catalog</h1>
      <p class="lead">
        Everything that can happen: ${plural(events.length, 'event')}, owned by ${plural(owners.length, 'team')}. Each
        page has the fields of an event, examples, its versions, and who publishes and reads it.
      </p>
      <div class="search" hidden>
        <label for="search">Search events, fields, owners and consumers</label>
        <input id="search" type="search" autocomplete="off" spellcheck="false" aria-describedby="found" />
        <output id="found" for="search"></output>
      </div>
      ${owners.map(([owner, owned]) => ownerSection(owner, owned))}
      <section class="exports">
        <h2>Take it elsewhere</h2>
        <p>
          The same catalog as <a href="asyncapi.json">AsyncAPI 3.0</a>, as JSON Schemas (each event's page has its own,
          in <code>schemas/</code>), and as a folder for EventCatalog (<code>eventcatalog/</code>).
        </p>
      </section>
    `,
  });
}

function ownerSection(owner: string, events: readonly CatalogEvent[]): Html {
  return html`<section class="owner">
    <h2>${owner}</h2>
    <ul class="cards">
      ${events.map((event) => card(event))}
    </ul>
  </section>`;
}

function card(event: CatalogEvent): Html {
  const { type, summary, status, current } = event;
  return html`<li class="card" data-words="${wordsOf(event)}">
    <h3><a href="events/${encodeURI(pathPart(type))}.html">${type}</a></h3>
    <p class="marks">${status === 'active' ? '' : statusBadge(event)} <span class="badge">v${current.version}</span></p>
    <p>${summary}</p>
    <p class="unseen">Fields:</p>
    <ul class="chips">
      ${current.fields.map(({ path }) => html`<li><code>${path}</code></li>`)}
    </ul>
  </li>`;
}

/** The searched text besides the fields, which the card shows. */
function wordsOf({ type, summary, owner, status, current, lineage }: CatalogEvent): string {
  const who = [
    ...(lineage?.producers ?? []).flatMap(({ name, from }) => [name, from]),
    ...(lineage?.consumers ?? []).flatMap(({ consumer, projection }) => [consumer, projection]),
  ];
  const descriptions = current.fields.map(({ description }) => description ?? '');
  return [type, summary, owner, status, ...who, ...descriptions].join(' ').toLowerCase();
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
