import { html } from 'hono/html';
import type { FieldReads } from '../../schema-registry/documents/lineage.ts';
import type { EventField } from '../../schema-registry/documents/event-fields.ts';
import type { Html } from './page.ts';

/** The fields of one version; with consumers also the readers of each. On a narrow screen each row becomes a block
 *  whose cells show their titles. */
export function fieldTable(
  fields: readonly EventField[],
  options: { readonly caption: string; readonly consumers?: readonly FieldReads[] },
): Html {
  const { caption, consumers } = options;
  return html`<table class="fields">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Type</th>
        <th scope="col">What it holds</th>
        ${consumers && html`<th scope="col">Read by</th>`}
      </tr>
    </thead>
    <tbody>
      ${fields.map(
        (field) => html`
          <tr>
            <th scope="row">
              <code>${field.path}</code>
              ${field.pii ? html`<span class="badge pii">personal</span>` : ''}
            </th>
            <td data-title="Type">
              <span>${field.type} <small>${field.required ? 'required' : 'optional'}</small></span>
            </td>
            <td data-title="Holds">${meaning(field)}</td>
            ${consumers && html`<td data-title="Read by">${readers(field, consumers)}</td>`}
          </tr>
        `,
      )}
    </tbody>
  </table>`;
}

function meaning({ description, constraints }: EventField): Html {
  const sentences = [...(description === undefined ? [] : [description]), ...constraints];
  if (sentences.length === 0) return html`<span class="none">–</span>`;
  return html`<span>
    ${sentences.map((words, index) => html`${index === 0 ? '' : html`<br />`}${sentence(words)}`)}
  </span>`;
}

/** A pattern is shown as code. */
function sentence(words: string): Html {
  const [, pattern] = /^matches (.+)$/s.exec(words) ?? [];
  return pattern === undefined ? html`${words}` : html`matches <code>${pattern}</code>`;
}

function readers({ path }: EventField, consumers: readonly FieldReads[]): Html {
  const names = consumers.filter(({ fields }) => fields.some((read) => covers(read, path))).map((one) => one.consumer);
  if (names.length === 0) return html`<span class="none">nobody here</span>`;
  return html`<span>${names.map((name, index) => html`${index === 0 ? '' : html`<br />`}<code>${name}</code>`)}</span>`;
}

/** A reader of a field reads what it contains, and a reader of a part needs the whole to exist. */
function covers(read: string, path: string): boolean {
  const inside = (outer: string, inner: string) => inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
  return read === path || inside(read, path) || inside(path, read);
}
