import { gzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { archivedLine } from './archived-lines.ts';
import { OBJECT_BYTES_MAX, parseName, unpackObject } from './archived-objects.ts';
import { openS3Objects } from './objects.ts';

const NAME = 'events/v1/dt=2026-01-01/hh=10/shard=shardId-000000000000/1-2.ndjson.gz';
const named = parseName(NAME);
if (named === undefined) throw new Error('not a name');

const line = (seq: string) => {
  const arrivedAt = '2026-01-01T10:00:00.000Z';
  return archivedLine({ shardId: 'shardId-000000000000', seq, arrivedAt, partitionKey: 'k', data: Buffer.from('{}') });
};

describe('an object of an archive', () => {
  test('is what its name says', async () => {
    const { records } = await unpackObject(gzipSync(`${line('1')}\n${line('2')}\n`), named);
    expect(records.map(({ seq }) => seq)).toEqual(['1', '2']);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['no gzip', Buffer.from('{}'), /^it is not gzip data$/],
    ['cut off', gzipSync(line('1')).subarray(0, 20), /^it is not gzip data$/],
    [
      'a few bytes that unpack to more than any batch has',
      gzipSync(Buffer.alloc(300 * 2 ** 20)),
      /^it unpacks to more than/,
    ],
    ['of more lines than a batch has records', gzipSync('\n'.repeat(100_001)), /^it has more than 100000 lines$/],
    ['without a last line break', gzipSync(line('1')), /last line is cut off/],
  ])('is refused if it is %s', async (_what, content, message) => {
    await expect(unpackObject(content, named)).rejects.toThrow(message);
  });
});

describe('an object that is larger than it may be', () => {
  test.each([[OBJECT_BYTES_MAX + 1], [undefined]])('is not read, with a length of %s', async (ContentLength) => {
    const read = { begun: false, destroyed: false };
    const Body = {
      transformToByteArray: async () => ((read.begun = true), new Uint8Array()),
      destroy: () => void (read.destroyed = true),
    };
    const client = { send: async () => ({ ContentLength, Body }) } as unknown as S3Client;
    const objects = openS3Objects({ client, bucket: 'b' });
    await expect(objects.get(NAME, OBJECT_BYTES_MAX)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(read).toEqual({ begun: false, destroyed: true });
  });

  test('is read if it is just as large', async () => {
    const Body = { transformToByteArray: async () => new Uint8Array(3) };
    const client = { send: async () => ({ ContentLength: 3, Body }) } as unknown as S3Client;
    expect(await openS3Objects({ client, bucket: 'b' }).get(NAME, 3)).toHaveLength(3);
  });
});
