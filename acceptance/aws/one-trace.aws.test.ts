import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsUnderTest } from '../../testing/aws/emulated.ts';
import { openLogger } from '../../apps/logger.ts';
import { ADA, BOB, relationship, user, whole, yubl, YUBL } from '../../producers/legacy/sample-changes.ts';
import { type AwsEngine, openAwsEngine } from './aws-engine.ts';

// One request of the monolith, and everything that it causes in functions that do not know each other.

const aws = awsUnderTest('dynamodb');
const opensearch = awsUnderTest('opensearch');
const skipReason = aws.skipReason ?? opensearch.skipReason;
const SECRET = 'thats a secret of ours';

describe.skipIf(skipReason !== undefined)(`one flow through the functions (${aws.engine})`, () => {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string) => lines.push(JSON.parse(text) as Record<string, unknown>);
  let engine: AwsEngine;
  beforeAll(async () => {
    const log = openLogger({ level: 'debug', destination: { write } });
    engine = await openAwsEngine({ aws, opensearch, log });
  });
  afterAll(() => engine.close());

  test('is told under one name from the legacy request to the entry of a feed', async () => {
    const ada = user();
    const bob = user({ _id: { $oid: BOB }, userName: 'bob' });
    const before = [whole('users', 'insert', ada), whole('users', 'insert', bob)];
    const follow = whole('relationships', 'insert', relationship(BOB, ADA));
    const bodies = [...before, follow].map((change) => JSON.stringify(change)).join('\n');
    expect(await engine.post('/legacy/changes', bodies)).toMatchObject({ status: 202, body: { accepted: 3 } });
    await engine.drain();
    lines.length = 0;

    const headers = {
      'X-Correlation-Id': 'request-7',
      'x-correlation-user-id': ADA,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    const posted = whole('yubls', 'insert', yubl({ text: SECRET }));
    await engine.post('/legacy/changes', JSON.stringify(posted), headers);
    await engine.drain();

    const feed = await engine.readers.feeds.feed(BOB, { limit: 10 });
    expect(feed.items).toMatchObject([{ yublId: YUBL, authorId: ADA, text: SECRET }]);
    const ofFlow = lines.filter(({ correlationid }) => correlationid === 'request-7');
    const told = ofFlow.map(({ consumer, route, msg }) => consumer ?? route ?? msg);
    for (const part of ['/legacy/changes', 'distribute-yubl', 'add-to-feed', 'index-search']) {
      expect(told).toContain(part);
    }
    for (const line of ofFlow) {
      expect(line).toMatchObject({ traceparent: headers.traceparent, baggage: { 'user-id': ADA } });
    }
  });

  test('tells no secret and nothing that a person wrote', () => {
    const text = JSON.stringify(lines);
    for (const secret of [SECRET, 'ada_l', 'a publish key for tests alone', 'secretAccessKey', 'AWS4-HMAC']) {
      expect(text).not.toContain(secret);
    }
    expect(lines.length).toBeGreaterThan(3);
  });
});
