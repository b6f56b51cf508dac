import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLogFile } from '../../../adapters/embedded/log/log-file.ts';
import { catalog, eventTypes } from '../../../events/catalog.ts';
import type { EventEnvelope } from '../../../events/envelope.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import type { ScanTask } from './log-scan-thread.ts';
import { runScan, scanLog } from './log-scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'figtree-log-scan-'));
const path = join(folder, 'log.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EVENTS = 30_000;
// Any event may lack any field, so that each field of each type fails somewhere.
const events = Array.from({ length: EVENTS }, (_, at) => {
  const event = sampleEvent({ type: eventTypes[at % eventTypes.length] ?? 'followed', key: at, variant: at });
  const names = Object.keys(event.data);
  const lost = at % 13 === 0 ? names[at % names.length] : undefined;
  const data = Object.fromEntries(Object.entries(event.data).filter(([name]) => name !== lost));
  return { ...event, data } as EventEnvelope;
});

beforeAll(async () => {
  const file = openLogFile(path);
  for (let from = 0; from < EVENTS; from += 1000) await file.log.append(events.slice(from, from + 1000));
  await file.close();
});

const signal = new AbortController().signal;

test.each([1, 2, 3])('with %d threads finds what a plain loop over all events finds', async (threads) => {
  const counts = new Map<string, { count: number; first: number }>();
  for (const [at, { type, data }] of events.entries()) {
    const [issue] = catalog[type].data.safeParse(data).error?.issues ?? [];
    if (issue === undefined) continue;
    const kind = `${type} data.${issue.path.join('.')} ${issue.message}`;
    const known = counts.get(kind);
    counts.set(kind, { count: (known?.count ?? 0) + 1, first: known?.first ?? at + 1 });
  }
  const found = await scanLog(path, { signal, threads });
  expect(found.events).toBe(EVENTS);
  expect(counts.size).toBeGreaterThan(10);
  expect(
    new Map(
      found.failures.map(({ type, path: at, message, count, first }) => [
        `${type} ${at} ${message}`,
        { count, first: first.position },
      ]),
    ),
  ).toEqual(counts);
});

test('tells how far it is, up to the end', async () => {
  const told: number[] = [];
  await scanLog(path, { signal, onProgress: (done) => void told.push(done) });
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBe(EVENTS);
});

test('ends where it is when it is asked to, with what it has found', async () => {
  const controller = new AbortController();
  const { events: seen } = await scanLog(path, {
    signal: controller.signal,
    threads: 1,
    onProgress: () => controller.abort(),
  });
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(EVENTS);
});

test('rejects with the failure of a thread, by its code', async () => {
  async function* tasks(): AsyncGenerator<ScanTask> {
    yield { kind: 'range', path, after: 0, upTo: 1000 };
    yield { kind: 'range', path: join(folder, 'nothing.db'), after: 0, upTo: 1000 };
  }
  await expect(runScan(tasks(), { signal })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
});

test('rejects with the failure of the tasks', async () => {
  // oxlint-disable-next-line require-yield -- a source that breaks before it gives anything
  async function* tasks(): AsyncGenerator<ScanTask> {
    throw new Error('the source broke');
  }
  await expect(runScan(tasks(), { signal })).rejects.toThrow('the source broke');
});
