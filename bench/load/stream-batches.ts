import { catalog, type EventData, type EventType } from '../../events/catalog.ts';
import type { EventDefinition } from '../../events/define-event.ts';
import { sequenceOf } from '../../events/sequence.ts';
import type { StreamBatch, StreamRecord } from '../../consumers/stream/lambda-events.ts';

const TIME = '2016-02-22T07:02:00.000Z';
const RECORDS_OF_A_KEY = 12;
const SENTENCE = 'What a yubl says is about as long as this sentence, and now and then ends with zażółć or 🌳. ';

/** Records of a stream as the producer writes them: seven yubls, two follows and one user of ten, of about 1 KB. */
export function streamBatches(records: number, batchRecords: number): StreamBatch[] {
  const all = Array.from({ length: records }, (_, index) => recordAt(index, batchRecords));
  return Array.from({ length: Math.ceil(records / batchRecords) }, (_, batch) => ({
    Records: all.slice(batch * batchRecords, (batch + 1) * batchRecords),
  }));
}

function recordAt(index: number, batchRecords: number): StreamRecord {
  const keysOfBatch = Math.ceil(batchRecords / RECORDS_OF_A_KEY);
  const key = Math.floor(index / batchRecords) * keysOfBatch + (index % keysOfBatch);
  const [type, data] = dataAt(index, hex(key));
  const definition: EventDefinition = catalog[type];
  const partitionkey = definition.partitionKey(data);
  const id = `event-${index}`;
  const envelope = {
    specversion: '1.0',
    id,
    source: 'urn:legacy:yubl',
    type,
    time: TIME,
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    subject: definition.subject(data),
    partitionkey,
    sequence: sequenceOf(1_456_124_520, index),
    correlationid: id,
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    data,
  };
  return streamRecord(envelope, index);
}

/** The index is also its sequence number. */
export function streamRecord(event: { readonly partitionkey: string }, index: number): StreamRecord {
  return {
    eventID: `shardId-000000000000:${index}`,
    eventSourceARN: 'arn:aws:kinesis:eu-west-1:123456789012:stream/events',
    kinesis: {
      partitionKey: event.partitionkey,
      sequenceNumber: String(index),
      data: Buffer.from(JSON.stringify(event)).toString('base64'),
      approximateArrivalTimestamp: 1_456_124_520 + index / 1000,
    },
  };
}

function dataAt(index: number, key: string): [EventType, EventData<EventType>] {
  const other = hex(1_000_000 + index);
  if (index % 10 === 0) return ['user-joined', { userId: key, userName: `user ${index}`, joinedAt: TIME }];
  if (index % 10 < 3)
    return ['followed', { relationshipId: other, followerId: key, followeeId: other, followedAt: TIME }];
  return ['yubl-posted', { yublId: key, authorId: other, text: SENTENCE.repeat(6), postedAt: TIME }];
}

const hex = (number: number) => number.toString(16).padStart(24, '0');
