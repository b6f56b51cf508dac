import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import { createCapacityPace } from '../../apps/aws/rebuild/capacity-pace.ts';
import type { Units } from '../../apps/aws/prices/units.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';
import { handleAlone } from '../../testing/consumers/handle-alone.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import type { EmulatorConfig } from './mini-stack.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

/** Some consumers on a table of their own, whose units are counted. */
export interface UnitMeter {
  /** The average units per event. */
  each(events: readonly EventEnvelope[]): Promise<Units>;
  close(): void;
}

export async function openUnitMeter(
  config: EmulatorConfig,
  name: string,
  consumersOn: (table: DynamoTable) => readonly Consumer[],
): Promise<UnitMeter> {
  const pace = createCapacityPace();
  const client = openDynamoClient(config, pace.onRequest);
  await createTable(client, name);
  const handles = consumersOn(openDynamoTable(client, name)).map(handleAlone);
  return {
    async each(events) {
      pace.taken();
      for (const event of events) for (const handle of handles) await handle({ ...event, recordedtime: event.time });
      return dividedBy(pace.taken(), events.length);
    },
    close: () => client.close(),
  };
}

export function dividedBy({ writeUnits, readUnits, requests }: Units, by: number): Units {
  return { writeUnits: writeUnits / by, readUnits: readUnits / by, requests: requests / by };
}

export function minus(one: Units, other: Units): Units {
  return {
    writeUnits: one.writeUnits - other.writeUnits,
    readUnits: one.readUnits - other.readUnits,
    requests: one.requests - other.requests,
  };
}
