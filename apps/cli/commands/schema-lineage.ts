import { FigtreeError } from '../../../events/errors.ts';
import {
  type EventLineage,
  impactInWords,
  type Lineage,
  type Producer,
} from '../../../schema-registry/documents/lineage.ts';
import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { propertiesOf, wireSchemaOf } from '../../../schema-registry/samples/wire-schema.ts';
import { currentLineage } from '../engines/lineage.ts';
import { exitCodes } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import type { CommandContext } from '../command-context.ts';

/** Shows producers and consumers of all events, or of one with what the removal of each field would break. Determined
 *  by running the code, without touching the data. */
export async function schemaLineage(type: string | undefined, { terminal, json }: CommandContext): Promise<number> {
  if (type !== undefined && !currentCode.current.has(type)) {
    const known = [...currentCode.current.keys()].join(', ');
    throw new FigtreeError('REQUEST_INVALID', `${type} is not an event of the catalog; choose ${known}`);
  }
  const all = await currentLineage();
  const lineage = type === undefined ? all : onlyOf(all, type);
  await terminal.print(json ? JSON.stringify(lineage) : lineageText(lineage, type !== undefined, terminal));
  return exitCodes.ok;
}

function onlyOf({ events }: Lineage, type: string): Lineage {
  return { events: Object.fromEntries(Object.entries(events).filter(([one]) => one === type)) };
}

function lineageText(lineage: Lineage, detailed: boolean, { colors }: Terminal): string {
  return Object.entries(lineage.events)
    .map(([type, event]) =>
      [colors.bold(type), ...eventLines(event), ...(detailed ? ['', ...impactLines(lineage, type)] : [])].join('\n'),
    )
    .join('\n\n');
}

function eventLines({ producers, consumers, subject, partitionKey }: EventLineage): string[] {
  const rows = [
    ['produced by', producers.map(producerText).join(', ') || 'none'],
    ['subject', subject.join(', ')],
    ['key', partitionKey.join(', ')],
    ...consumers.map(({ consumer, projection, fields }) => [
      projection,
      `${consumer} reads ${fields.join(', ') || 'nothing'}`,
    ]),
  ];
  const width = Math.max(...rows.map(([label = '']) => label.length));
  return rows.map(([label = '', text = '']) => `  ${label.padEnd(width)}  ${text}`);
}

function producerText({ door, change }: Producer): string {
  return change === undefined ? `any publisher of ${door}` : `${change} (${door})`;
}

function impactLines(lineage: Lineage, type: string): string[] {
  const data = currentCode.current.get(type)?.data;
  if (data === undefined) return [];
  const schema = wireSchemaOf(data);
  return propertiesOf({ schema, root: schema }).map(({ name }) => `  ${impactInWords(lineage, type, name)}`);
}
