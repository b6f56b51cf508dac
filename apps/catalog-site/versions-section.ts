import { html } from 'hono/html';
import type { CatalogEvent, CatalogVersion } from '../../schema-registry/documents/catalog-model.ts';
import type { Difference, Outcome, Verdict } from '../../schema-registry/documents/catalog-sources.ts';
import { schemaPath } from '../../schema-registry/documents/json-schemas.ts';
import { fieldTable } from './field-table.ts';
import { jsonBlock } from './json-block.ts';
import type { Html } from './page.ts';

/** Every version, newest first, with its changes. */
export function versionsSection(event: CatalogEvent): Html {
  const versions = [event.current, ...event.past];
  return html`<section aria-labelledby="versions">
    <h2 id="versions">Versions</h2>
    <ol class="versions">
      ${versions.map((version, index) => html`<li>${versionEntry(event, version, index === versions.length - 1)}</li>`)}
    </ol>
  </section>`;
}

function versionEntry(event: CatalogEvent, version: CatalogVersion, isFirst: boolean): Html {
  const isCurrent = version === event.current;
  const path = schemaPath(event.type, version.version);
  return html`
    <h3>Version ${version.version} ${isCurrent ? html`<span class="badge active">current</span>` : ''}</h3>
    <p class="fine">${frozenWords(version, isCurrent)} <a href="../${encodeURI(path)}">JSON Schema</a></p>
    ${changes(version, isFirst)} ${isCurrent ? '' : pastDetails(event, version)}
  `;
}

function frozenWords({ frozen }: CatalogVersion, isCurrent: boolean): Html {
  if (frozen === undefined) return isCurrent ? html`Not frozen: it may still change.` : html`Not frozen.`;
  return html`Frozen on <time datetime="${frozen.on}">${frozen.on}</time>, sha256
    <code title="${frozen.sha256}">${frozen.sha256.slice(0, 12)}</code>.`;
}

function changes({ differences, verdict }: CatalogVersion, isFirst: boolean): Html {
  if (isFirst) return html`<p>The first version.</p>`;
  if (differences === undefined) return html`<p class="none">Not compared with the version before.</p>`;
  if (differences.length === 0) return html`<p>Nothing that a reader or a publisher would notice.</p>`;
  return html`${verdict && verdictWords(verdict)}
    <ul class="differences">
      ${differences.map((difference) => html`<li>${differenceEntry(difference)}</li>`)}
    </ul>`;
}

/** The result of the differences, without the steps that repair it: those are code, and `schema check` knows them. */
function verdictWords({ replay, subscribers }: Verdict): Html {
  const words = {
    safe: 'read on as they are',
    unproven: 'may not be readable',
    breaks: 'need a step in between',
  } satisfies Record<Outcome, string>;
  const running = {
    safe: 'read on as they are',
    unproven: 'may refuse this version',
    breaks: 'refuse this version',
  } satisfies Record<Outcome, string>;
  return html`<p>
    Stored events of the version before ${words[replay]}; subscribers that still run it ${running[subscribers]}.
  </p>`;
}

const severities = { error: 'breaks', warn: 'look', info: 'safe' } as const;

function differenceEntry({ rule, path, severity, message }: Difference): Html {
  return html`<span class="badge ${severity}">${severities[severity]}</span>
    <span>${sentence(path, message)} <small>${rule}</small></span>`;
}

/** The path is code, and most sentences begin with it. */
function sentence(path: string, message: string): Html {
  if (path === '') return html`${message}`;
  const rest = message.startsWith(`${path} `) ? message.slice(path.length) : `: ${message}`;
  return html`<code>${path}</code>${rest}`;
}

function pastDetails({ type }: CatalogEvent, { version, fields, examples }: CatalogVersion): Html {
  return html`<details>
    <summary>${examples.length === 0 ? 'Fields' : 'Fields and examples'} of version ${version}</summary>
    ${fieldTable(fields, { caption: `Fields of ${type}, version ${version}` })}
    ${examples.map(({ name, data }) => jsonBlock(`${name}: data of version ${version}`, data))}
  </details>`;
}
