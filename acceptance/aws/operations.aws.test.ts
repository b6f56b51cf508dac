import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDynamoStreamParking } from '../../adapters/aws/dynamo/parking/stream-parking.ts';
import { awsUnderTest } from '../../testing/aws/emulated.ts';
import { openArchive } from '../../apps/aws/functions/archive-events.ts';
import { rebuildPartsOf } from '../../apps/aws/rebuild/open-projection-version.ts';
import { differs, examplesOf } from '../../testing/documents/readme-examples.ts';
import { recordedEvent } from '../../ports/contracts/histories.ts';
import { type AwsEngine, openAwsEngine } from './aws-engine.ts';

// The section On AWS of docs/operations.md: its commands in order, as an operator types them, in an installation with
// two stopped keys.

const [, section = ''] = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8').split(
  '\n## On AWS\n',
);
const examples = examplesOf(section);
const root = new URL('../..', import.meta.url);
const STOPPED = ['56cab268fd9255c263d2e00e', '56cad428d9c7b7901d654325'];
const at = (position: number) => ({ sequence: String(position).padStart(20, '0'), position });

const aws = awsUnderTest('dynamodb');
const opensearch = awsUnderTest('opensearch');
const skipReason = aws.skipReason ?? opensearch.skipReason;

describe.skipIf(skipReason !== undefined)('what to type on AWS', () => {
  let engine: AwsEngine;

  beforeAll(async () => {
    engine = await openAwsEngine({ aws, opensearch });
    const joined = STOPPED.map((userId, index) =>
      recordedEvent('user-joined', { userId, userName: 'Ada', joinedAt: '2016-02-22T07:02:00.000Z' }, at(index + 1)),
    );
    const { status } = await engine.post('/events', joined.map((event) => JSON.stringify(event)).join('\n'));
    expect(status).toBe(202);
    await engine.drain();
    const archive = openArchive(engine.aws);
    const stretch = { from: 'start', upTo: new Date(), signal: new AbortController().signal } as const;
    for await (const { records } of rebuildPartsOf(engine.aws).stream.read(stretch)) await archive.put(records);

    const parking = openDynamoStreamParking(engine.aws.table('parked'), { scope: 'relationships' });
    for (const [index, key] of STOPPED.entries()) {
      const event = `event-${7 + 2 * index}`;
      const text = JSON.stringify({ ...joined[index], id: event });
      const failure = { consumer: 'track-relationships', attempts: 5, code: 'TypeError', error: 'x is not a function' };
      await parking.park({ key, sequenceNumber: String(70 + index), event, text, arrivedAtMs: Date.now() }, failure);
    }
  });
  afterAll(() => engine.close());

  test('does what the page says', async () => {
    expect(examples.length).toBeGreaterThan(5);
    for (const { command, answer = '' } of examples) {
      const { printed, code } = await typed(command, environmentOf(engine));
      expect(differs(printed, answer), `${command}\n${printed}`).toBe(false);
      expect(code, `${command}\n${printed}`).toBe(0);
    }
  });
});

function environmentOf({ aws: { settings, endpoint } }: AwsEngine): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    FIGTREE_PREFIX: settings.prefix,
    FIGTREE_ARCHIVE_BUCKET: settings.archiveBucket,
    AWS_REGION: endpoint.region,
    AWS_ENDPOINT_URL: endpoint.endpoint,
    AWS_ACCESS_KEY_ID: endpoint.credentials?.accessKeyId ?? process.env['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: endpoint.credentials?.secretAccessKey ?? process.env['AWS_SECRET_ACCESS_KEY'],
    AWS_SESSION_TOKEN: process.env['AWS_SESSION_TOKEN'],
    LOG_LEVEL: 'error',
  };
}

function typed(command: string, env: NodeJS.ProcessEnv): Promise<{ printed: string; code: number | null }> {
  const child = spawn('sh', ['-c', `{ ${command}\n} 2>&1`], { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ printed, code })));
}
