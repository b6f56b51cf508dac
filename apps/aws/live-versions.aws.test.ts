import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTable } from '../../adapters/aws/dynamo/create-table.ts';
import { deleteTable } from '../../testing/aws/table-removal.ts';
import { openDynamoClient } from '../../adapters/aws/dynamo/client.ts';
import { openDynamoTable } from '../../adapters/aws/dynamo/table.ts';
import { awsUnderTest } from '../../testing/aws/emulated.ts';
import { LIVE_CACHE_MS, openLiveVersions } from './live-versions.ts';
import { perVersion } from './per-version.ts';

const aws = awsUnderTest('dynamodb');

describe.skipIf(aws.skipReason !== undefined)(`live versions in ${aws.engine}`, () => {
  const name = aws.newName();
  const client = openDynamoClient(aws.config);
  const control = openDynamoTable(client, name);
  beforeAll(() => createTable(client, name));
  afterAll(async () => {
    await deleteTable(client, name);
    client.close();
  });

  test('begin with the first, and go from one to the next once', async () => {
    const versions = openLiveVersions(control);
    expect(await versions.now('feed')).toBe('1');
    expect(await versions.flip('feed', '2', '3')).toBe(false);
    const raced = await Promise.all([versions.flip('feed', '1', '2a'), versions.flip('feed', '1', '2b')]);
    expect(raced.toSorted()).toEqual([false, true]);
    const second = await versions.now('feed');
    expect(await versions.flip('feed', '1', '3')).toBe(false);
    expect(await versions.flip('feed', second, '3')).toBe(true);
    expect([await versions.now('feed'), await versions.now('search')]).toEqual(['3', '1']);
  });

  test('are seen by a function that runs no later than the cache allows', async () => {
    let nowMs = 1_000_000;
    const function1 = openLiveVersions(control, () => nowMs);
    const opened: string[] = [];
    const current = perVersion(function1, 'relationships', (version) => {
      opened.push(version);
      return { version };
    });
    const first = await current();
    expect(await openLiveVersions(control).flip('relationships', '1', '2')).toBe(true);
    nowMs += LIVE_CACHE_MS - 1;
    expect(await current()).toBe(first);
    nowMs += 1;
    expect(await current()).toEqual({ version: '2' });
    await current();
    expect(opened).toEqual(['1', '2']);
  });
});
