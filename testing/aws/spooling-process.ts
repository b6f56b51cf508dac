import type { EventEnvelope } from '../../events/envelope.ts';
import { sequenceOf } from '../../events/sequence.ts';
import { openKinesisClient } from '../../adapters/aws/kinesis/client.ts';
import { openKinesisEventAppender } from '../../adapters/aws/kinesis/event-appender.ts';

// A publisher to be killed: publishes a counter under each of a few keys, and reports each durable event, one line
// each, `<key> <number>`. The end of its input closes it.

const [endpoint = '', folder = '', keys = '3'] = process.argv.slice(2);
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
const client = openKinesisClient({ region: 'us-east-1', credentials, endpoint });
const appender = await openKinesisEventAppender(client, {
  stream: 'events',
  spoolFolder: folder,
  lingerMs: 1,
  ttlMs: 20,
  pauses: { firstMs: 1, maxMs: 20 },
  closeMs: 500,
});
let ending = false;
process.stdin.on('end', () => void (ending = true)).resume();

async function publishUnder(key: number): Promise<void> {
  for (let number = 0; !ending; number += 1) {
    await appender.append([event(key, number)]);
    process.stdout.write(`${key} ${number}\n`);
  }
}

await Promise.all(Array.from({ length: Number(keys) }, (_, key) => publishUnder(key)));
await appender.close();
client.destroy();

function event(key: number, number: number): EventEnvelope {
  const id = `${process.pid} ${key} ${number}`;
  const userId = key.toString(16).padStart(24, '0');
  return {
    specversion: '1.0',
    id,
    source: 'urn:test',
    type: 'user-left',
    time: '2016-02-22T07:02:00.000Z',
    datacontenttype: 'application/json',
    dataschema: 'figtree:user-left:1',
    subject: userId,
    partitionkey: userId,
    sequence: sequenceOf(1_456_124_520, number),
    correlationid: id,
    data: { userId },
  };
}
