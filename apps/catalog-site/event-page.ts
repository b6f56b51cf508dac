import { pathPart } from '../../schema-registry/documents/path-part.ts';
import { html } from 'hono/html';
import type { CatalogEvent } from '../../schema-registry/documents/catalog-model.ts';
import type { FieldReads } from '../../schema-registry/documents/lineage.ts';
import { schemaPath } from '../../schema-registry/documents/json-schemas.ts';
import { fieldTable } from './field-table.ts';
import { jsonBlock } from './json-block.ts';
import { lineagePictures } from './lineage-picture.ts';
import { eventNavigation, type Html, pageText, statusBadge } from './page.ts';
import { versionsSection } from './versions-section.ts';

export function eventPage(event: CatalogEvent, events: readonly CatalogEvent[]): Promise<string> {
  const { type, summary, current } = event;
  return pageText({
    title: `${type} · Figtree event catalog`,
    description: summary,
    root: '../',
    navigation: eventNavigation(events, event),
    main: html`
      <p class="way"><a href="../index.html">All events</a></p>
      <h1><code>${type}</code></h1>
      <p class="lead">${summary}</p>
      <p class="marks"><span class="badge">version ${current.version}</span> ${statusBadge(event)}</p>
      ${banner(event, events)} ${facts(event)} ${flow(event)} ${fields(event)} ${examples(event)}
      ${versionsSection(event)}
    `,
  });
}

function banner({ status, deprecation }: CatalogEvent, events: readonly CatalogEvent[]): Html | string {
  if (status === 'draft') {
    return html`<p class="banner" role="note">
      <strong>Draft.</strong> It may still change in any way; do not build on it yet.
    </p>`;
  }
  if (deprecation === undefined) return '';
  const { sunset, replacedBy } = deprecation;
  const known = events.find(({ type }) => type === replacedBy);
  const link = known
    ? html`<a href="${encodeURI(pathPart(known.type))}.html"><code>${replacedBy}</code></a>`
    : html`<code>${replacedBy}</code>`;
  return html`<p class="banner" role="note">
    <strong>Deprecated.</strong> It is published until <time datetime="${sunset}">${sunset}</time> and accepts no new
    subscribers. ${replacedBy === undefined ? 'It has no replacement.' : html`Use ${link} instead.`}
  </p>`;
}

function facts({ type, owner, subject, partitionKey, current, reserved, writer }: CatalogEvent): Html {
  const path = schemaPath(type, current.version);
  const names = (list: readonly string[]) =>
    list.map((name, index) => html`${index === 0 ? '' : ', '}<code>${name}</code>`);
  const rows: [string, Html][] = [
    ['Owner', html`${owner}`],
    ['Subject', html`${names(subject)}`],
    ['Partition key', html`${names(partitionKey)}`],
    ['Data schema', html`<a href="../${encodeURI(path)}"><code>${current.dataschema}</code></a>`],
    ...(reserved.length === 0 ? [] : [['Removed fields', html`${names(reserved)}`] satisfies [string, Html]]),
    ...(writer === 'validated'
      ? []
      : [['Publisher', html`not validated here: old events may hold undeclared keys`] satisfies [string, Html]]),
  ];
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function flow(event: CatalogEvent): Html | string {
  const { lineage } = event;
  if (lineage === undefined) return '';
  return html`<section aria-labelledby="flow">
    <h2 id="flow">Who publishes and reads it</h2>
    ${lineagePictures(event, lineage)} ${lineage.consumers.length === 0 ? '' : consumerList(lineage.consumers)}
  </section>`;
}

function consumerList(consumers: readonly FieldReads[]): Html {
  return html`<dl class="consumers">
    ${consumers.map(
      ({ consumer, projection, fields: read }) =>
        html`<div>
          <dt><code>${consumer}</code> <small>projection ${projection}</small></dt>
          <dd>
            ${read.length === 0 ? 'reads no field of it' : html`reads ${read.map((path) => html`<code>${path}</code> `)}`}
          </dd>
        </div>`,
    )}
  </dl>`;
}

function fields({ type, current, rules, lineage }: CatalogEvent): Html {
  const caption = `Fields of ${type}, version ${current.version}`;
  const { consumers = [] } = lineage ?? {};
  return html`<section aria-labelledby="fields">
    <h2 id="fields">Fields</h2>
    ${fieldTable(current.fields, { caption, ...(consumers.length > 0 && { consumers }) })}
    ${
      rules.length === 0
        ? ''
        : html`<p class="rules">Besides:</p>
            <ul class="rules">
              ${rules.map(({ path, message }) => html`<li>${message}${path === '' ? '' : html` (<code>${path}</code>)`}</li>`)}
            </ul>`
    }
  </section>`;
}

function examples({ type, current }: CatalogEvent): Html {
  return html`<section aria-labelledby="examples">
    <h2 id="examples">${current.examples.length === 1 ? 'Example' : 'Examples'}</h2>
    ${current.examples.map(({ name, data }) => jsonBlock(`${name}: data of ${type}`, data))}
  </section>`;
}
