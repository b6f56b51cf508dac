import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogFile } from '../adapters/embedded/log/log-file.ts';
import { recordContent } from '../adapters/aws/kinesis/stream-record.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { createIngest } from './ingest.ts';

const ID = 'a'.repeat(24);

function posted(id: string, data: object) {
  const event = { specversion: '1.0', id, source: 'urn:test', type: 'yubl-posted' };
  const whole = { yublId: 'b'.repeat(24), authorId: ID, text: 'hi', postedAt: '2026-01-01T10:00:00Z', ...data };
  return { text: JSON.stringify({ ...event, data: whole }) };
}

const instantOf = (digits: number) => `2026-01-01T10:00:00.${'0'.repeat(digits - 21)}Z`;

test('what no store could keep is refused at the door, and the rest of its batch is taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'figtree-'));
  const file = openLogFile(join(folder, 'log.db'));
  try {
    const items = [
      posted('fits', { postedAt: instantOf(1024) }),
      posted('long', { postedAt: instantOf(1025) }),
      posted('huge', { postedAt: instantOf(500_000) }),
      posted('longest text', { text: '\u{20000}'.repeat(65_536), yublId: 'c'.repeat(24) }),
    ];
    const report = await createIngest(file).take(items, { door: 'events', origin: 'test' });
    expect(report).toMatchObject({ accepted: 2, quarantined: 2 });
    expect(report.problems).toMatchObject([
      { index: 1, id: 'long', code: 'EVENT_TOO_LARGE', path: 'data.postedAt' },
      { index: 2, id: 'huge', code: 'EVENT_TOO_LARGE', path: 'data.postedAt' },
    ]);
    expect(await file.quarantine.count()).toBe(2);
  } finally {
    await file.close();
    rmSync(folder, { recursive: true });
  }
});

test('the largest event that is taken fits into a record of a stream', () => {
  const name = '\u4e00'.repeat(1024);
  const event = {
    specversion: '1.0',
    id: name,
    source: name,
    type: 'yubl-posted',
    time: instantOf(24),
    sequence: '1'.repeat(20),
    datacontenttype: 'application/json',
    dataschema: 'figtree:yubl-posted:2',
    subject: ID,
    partitionkey: ID,
    correlationid: name,
    causationid: name,
    baggage: `a=${'x'.repeat(8190)}`,
    producerid: name,
    producerseq: name,
    // Each of them is written with six characters.
    data: { yublId: ID, authorId: ID, text: '\u0001'.repeat(65_536), postedAt: instantOf(1024) },
  } as unknown as EventEnvelope;
  expect(recordContent(event, { recordBytesMax: 2 ** 20, context: true }).bytes).toBeLessThan(2 ** 19);
});
