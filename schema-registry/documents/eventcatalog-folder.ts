import type { CatalogEvent, CatalogVersion } from './catalog-model.ts';
import type { JsonSchema } from './catalog-sources.ts';
import { jsonSchemaOf } from './json-schemas.ts';
import { pathPart } from './path-part.ts';

/** The catalog as a folder for EventCatalog (eventcatalog.dev): events with their older versions, producers and
 *  consumers as services, owners as teams. Returns texts by paths within that folder. */
export function eventCatalogFolder(events: readonly CatalogEvent[]): [string, string][] {
  const owners = [...new Set(events.map(({ owner }) => owner))];
  return [...events.flatMap(eventFiles), ...servicesOf(events), ...owners.map(teamFile)];
}

/** EventCatalog sorts versions as semantic ones. */
function semantic({ version }: CatalogVersion): string {
  return `${version}.0.0`;
}

function eventFiles(event: CatalogEvent): [string, string][] {
  const folder = `events/${pathPart(event.type)}`;
  return [
    ...versionFiles(folder, event, event.current),
    ...event.past.flatMap((version) => versionFiles(`${folder}/versioned/${semantic(version)}`, event, version)),
  ];
}

function versionFiles(folder: string, event: CatalogEvent, version: CatalogVersion): [string, string][] {
  const changelog = changelogOf(version);
  return [
    [`${folder}/index.mdx`, versionPage(event, version)],
    [`${folder}/schema.json`, jsonText(jsonSchemaOf(event, version))],
    ...(changelog === undefined ? [] : [[`${folder}/changelog.mdx`, changelog] satisfies [string, string]]),
  ];
}

function versionPage(event: CatalogEvent, version: CatalogVersion): string {
  const { type, summary, owner, status, deprecation, partitionKey } = event;
  const { sunset, replacedBy } = deprecation ?? {};
  const instead = replacedBy === undefined ? 'It has no replacement.' : `Use ${replacedBy} instead.`;
  const matter = {
    id: type,
    name: type,
    version: semantic(version),
    summary,
    owners: [owner],
    schemaPath: 'schema.json',
    ...(status === 'draft' && { draft: true }),
    ...(sunset !== undefined && { deprecated: { date: sunset, message: instead } }),
  };
  const order = `Events keep their order per ${partitionKey.map((name) => `\`${name}\``).join(', ')}.`;
  const examples = version.examples.map(({ data }) => `\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\``);
  return mdx(matter, plain(summary), order, ...examples, '<SchemaViewer file="schema.json" />', '<NodeGraph />');
}

function changelogOf({ frozen, differences = [] }: CatalogVersion): string | undefined {
  if (frozen === undefined || differences.length === 0) return undefined;
  const lines = differences.map(({ rule, path, message }) => `- ${plain(path)} ${plain(message)} (${plain(rule)})`);
  return mdx({ createdAt: frozen.on }, lines.join('\n'));
}

interface Service {
  readonly summary: string;
  readonly sends: Message[];
  readonly receives: Message[];
}

interface Message {
  readonly id: string;
  readonly version: string;
}

function servicesOf(events: readonly CatalogEvent[]): [string, string][] {
  const services = new Map<string, Service>();
  const service = (name: string, summary: string) => {
    const found = services.get(name) ?? { summary, sends: [], receives: [] };
    services.set(name, found);
    return found;
  };
  for (const { type, current, lineage } of events) {
    const message = { id: type, version: semantic(current) };
    for (const { name } of lineage?.producers ?? []) service(name, 'Publishes events.').sends.push(message);
    for (const { consumer, projection } of lineage?.consumers ?? []) {
      service(consumer, `Reads events for the projection ${projection}.`).receives.push(message);
    }
  }
  return [...services].map(([name, { summary, sends, receives }]) => {
    const matter = { id: name, name, version: '1.0.0', summary, sends, receives };
    return [`services/${pathPart(name)}/index.mdx`, mdx(matter, plain(summary), '<NodeGraph />')];
  });
}

function teamFile(owner: string): [string, string] {
  return [`teams/${pathPart(owner)}.mdx`, mdx({ id: owner, name: owner }, `Owns the events of ${plain(owner)}.`)];
}

/** Front matter is YAML, and every JSON value is YAML. */
function mdx(matter: Readonly<Record<string, unknown>>, ...paragraphs: readonly string[]): string {
  const lines = Object.entries(matter).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `---\n${lines.join('\n')}\n---\n\n${paragraphs.join('\n\n')}\n`;
}

/** Text that has no meaning in Markdown, HTML or the JavaScript of MDX: a single line, because much more is markup at
 *  the beginning of a line (a list, a heading, a fence), and a line that begins with `import` or `export` is MDX
 *  code. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>#|&~=]|:(?=[:\w])/g, String.raw`\$&`)
    .replace(/^[-+]|^(\d+)(?=[.)])/, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`))
    .replace(/^(?=import|export)[ie]/, (letter) => `&#${letter.charCodeAt(0)};`);
}

function jsonText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
