import { describe, expect, test } from 'vitest';
import { openS3Client } from '../adapters/aws/s3/client.ts';
import { openS3EventArchive } from '../adapters/aws/s3/event-archive.ts';
import { bucketUnderTest } from '../testing/aws/bucket-under-test.ts';
import { awsUnderTest } from '../testing/aws/emulated.ts';
import { archiveEvents } from './archive-events.ts';
import { closeArchivedHours } from './close-archived-hours.ts';
import type { Note } from './runtime/consumer.ts';
import type { StreamBatch } from './stream/lambda-events.ts';

const ALWAYS = { from: '0000-01-01T00:00:00.000Z', to: '9999-01-01T00:00:00.000Z' };
const HOUR_MS = 3_600_000;
const texts = ['{"id":"a"}', 'no JSON', '{"id":"ø"}'];

function batchAt(instant: string, from = 0): StreamBatch {
  return {
    Records: texts.map((text, index) => ({
      eventSourceARN: 'arn:aws:kinesis:us-east-1:1:stream/events',
      eventID: `shardId-000000000003:${100 + from + index}`,
      kinesis: {
        sequenceNumber: String(100 + from + index),
        partitionKey: `key ${index}`,
        data: Buffer.from(text).toString('base64'),
        approximateArrivalTimestamp: Date.parse(instant) / 1000 + index / 1000,
      },
    })),
  };
}

function noting() {
  const lines: Note[] = [];
  const note = (details: Note) => void lines.push(details);
  return { lines, log: { debug: note, info: note, warn: note, error: note } };
}

const aws = awsUnderTest('s3');
describe.skipIf(aws.skipReason)('archive-events', () => {
  const { client, bucket, newPart } = bucketUnderTest(aws);

  test('keeps a whole batch as one object, whatever is in it', async () => {
    const { prefix, objects, remove } = newPart();
    const archive = openS3EventArchive({ client, bucket, prefix });
    const handle = archiveEvents(archive, noting().log);
    expect(await handle(batchAt('2016-02-22T07:02:00.123Z'))).toEqual({ batchItemFailures: [] });
    expect(await objects.list('')).toEqual([
      'events/v1/dt=2016-02-22/hh=07/shard=shardId-000000000003/100-102.ndjson.gz',
    ]);
    for await (const { records } of archive.read(ALWAYS)) {
      expect(records.map(({ data }) => Buffer.from(data).toString())).toEqual(texts);
      expect(records.map(({ partitionKey }) => partitionKey)).toEqual(['key 0', 'key 1', 'key 2']);
      expect(records[1]?.arrivedAt).toBe('2016-02-22T07:02:00.124Z');
    }
    await remove();
  });

  test('has the whole batch given again if it cannot be kept, and says nothing of what is in it', async () => {
    const away = openS3Client({ ...aws.config, endpoint: 'http://127.0.0.1:9', maxAttempts: 1 });
    const { lines, log } = noting();
    const handle = archiveEvents(openS3EventArchive({ client: away, bucket }), log);
    expect(await handle(batchAt('2016-02-22T07:02:00.123Z'))).toEqual({
      batchItemFailures: [{ itemIdentifier: '100' }],
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ records: 3, error: { code: 'STORAGE_FAILED' } });
    expect(JSON.stringify(lines, (_, value) => (value instanceof Error ? value.message : value))).not.toContain(
      'no JSON',
    );
    expect(await handle({ Records: [] })).toEqual({ batchItemFailures: [] });
  });

  test('hours are closed once they are surely over, and again when something came late', async () => {
    const { prefix, objects, remove } = newPart();
    const archive = openS3EventArchive({ client, bucket, prefix });
    const handle = archiveEvents(archive, noting().log);
    await handle(batchAt('2016-02-22T07:02:00.000Z'));
    await handle(batchAt('2016-02-22T08:02:00.000Z', 3));
    const manifests = async () => (await objects.list('')).filter((name) => name.endsWith('manifest.json'));
    const at = (instant: string) => ({ nowMs: Date.parse(instant), afterMs: HOUR_MS });
    await closeArchivedHours(archive, at('2016-02-22T08:59:59.999Z'));
    expect(await manifests()).toEqual([]);
    await closeArchivedHours(archive, at('2016-02-22T09:00:00.000Z'));
    expect(await manifests()).toEqual(['events/v1/dt=2016-02-22/hh=07/manifest.json']);
    await handle(batchAt('2016-02-22T07:59:00.000Z', 6));
    const closed = await closeArchivedHours(archive, at('2016-02-22T10:00:00.000Z'));
    expect(closed.map(({ hour, records }) => [hour, records])).toEqual([
      ['2016-02-22T07', 6],
      ['2016-02-22T08', 3],
    ]);
    expect(await closeArchivedHours(archive, at('2016-03-01T00:00:00.000Z'))).toEqual([]);
    await remove();
  });
});
