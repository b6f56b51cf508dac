import { isUtf8 } from 'node:buffer';
import { readText } from '../../../consumers/stream/stream-record.ts';
import type { HandledEvent } from '../../../events/envelope.ts';
import type { ArchivedRecord } from '../../../ports/event-archive.ts';
import type { Upcasters } from '../../../schema-registry/upcasters.ts';

/** Reads records as the functions do: `refused` for those in the quarantine, `unwanted` for those that no consumer handles. */
export function eventReader(
  upcasters: Pick<Upcasters, 'past'>,
  wanted: ReadonlySet<string>,
): (record: ArchivedRecord) => HandledEvent | 'refused' | 'unwanted' {
  const rules = { upcasters, wanted };
  return ({ data, partitionKey: key, arrivedAt }) => {
    if (!isUtf8(data)) return 'refused';
    const event = readText(new TextDecoder().decode(data), { key, arrivedAtMs: Date.parse(arrivedAt) }, rules);
    if (event === undefined) return 'unwanted';
    return 'code' in event ? 'refused' : event;
  };
}
