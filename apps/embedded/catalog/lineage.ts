import type { EventDefinition } from '../../../events/define-event.ts';
import { type EventLineage, type Lineage, recordingReads } from '../../../schema-registry/documents/lineage.ts';
import { generateSamples } from '../../../schema-registry/samples/sample-generator.ts';
import { sampleSource } from '../../../schema-registry/samples/sample-source.ts';
import type { CurrentCode } from '../../../schema-registry/stored-reading.ts';
import { consumerReads, engineProjections, type OpenByName } from './consumer-lineage.ts';
import { eventProducers } from './producer-lineage.ts';

/** Finds who publishes and who reads each event of the catalog by running the code: nothing has to be declared. Opens stores in
 *  a temporary folder and takes about a second. */
export async function deriveLineage(code: CurrentCode, open: OpenByName = engineProjections): Promise<Lineage> {
  const [producers, reads] = [await eventProducers(code), await consumerReads(code, open)];
  const events = [...code.current].map(([type, definition]): [string, EventLineage] => [
    type,
    {
      producers: producers.get(type) ?? [],
      consumers: reads.get(type) ?? [],
      subject: fieldsOf(code, type, definition.subject),
      partitionKey: fieldsOf(code, type, definition.partitionKey),
    },
  ]);
  return { events: Object.fromEntries(events) };
}

function fieldsOf(code: CurrentCode, type: string, attribute: EventDefinition['subject']): string[] {
  const fields = new Set<string>();
  for (const { data } of generateSamples(sampleSource(type, undefined, { code, frozen: [] }), { seed: 1 })) {
    attribute(recordingReads(data as Record<string, unknown>, (path) => void fields.add(path)));
  }
  return [...fields].toSorted();
}
