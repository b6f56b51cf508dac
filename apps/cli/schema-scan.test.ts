import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLogFile } from '../../adapters/embedded/log/log-file.ts';
import { catalog } from '../../events/catalog.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { sampleEvent } from '../../ports/contracts/sample-events.ts';
import { checkSchemas } from './commands/schema-check.ts';
import { scanStored } from './commands/schema-scan.ts';
import { REGISTRY_ROOT } from '../schema-files/registry-folder.ts';
import { capturedTerminal } from '../../testing/cli/captured-terminal.ts';

const { version } = catalog['yubl-posted'];
const folder = mkdtempSync(join(tmpdir(), 'figtree-scan-'));
const data = join(folder, 'data');
const archive = join(folder, 'events.ndjson.gz');
const EVENTS = 20_000;
const BAD_EVERY = 4000;

/** Every 4,000th text is too long, every 7,000th event has undeclared keys, and one has an unknown version. */
function events(): EventEnvelope[] {
  return Array.from({ length: EVENTS }, (_, index) => {
    const at = index + 1;
    const time = new Date(Date.UTC(2019, 0, 1) + at * 60_000).toISOString();
    const type = at % 2 === 0 ? 'yubl-posted' : 'user-joined';
    const event = sampleEvent({ type, key: at, variant: at }, { time });
    const more = {
      ...(at % BAD_EVERY === 0 && { text: 'x'.repeat(65_537) }),
      ...(at % 7000 === 0 && { likes: at === 7000 ? '1' : at, place: { city: 'Paris' } }),
    };
    const dataschema = at === 11 ? 'figtree:user-joined:99' : event.dataschema;
    return { ...event, dataschema, data: { ...event.data, ...more } } as EventEnvelope;
  });
}

beforeAll(async () => {
  mkdirSync(data);
  const file = openLogFile(join(data, 'log.db'));
  const all = events();
  for (let from = 0; from < all.length; from += 1000) await file.log.append(all.slice(from, from + 1000));
  await file.close();
  const lines = all.map((event) => JSON.stringify(event));
  lines.splice(2, 0, 'half a li', '', '[]');
  writeFileSync(archive, gzipSync(lines.join('\n')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scan = (path: string) => scanStored(path, capturedTerminal().context);

interface Checked {
  ok: boolean;
  findings: { rule: string; outcome: string; type: string; file: string; path: string; message: string }[];
}

async function check(path: string, more: { folder?: string } = {}) {
  const { context, lines } = capturedTerminal({ json: true });
  const code = await checkSchemas({ againstLog: path, ...more }, context);
  return { code, report: JSON.parse(lines.join('\n')) as Checked };
}

describe('the scan of a log', () => {
  test('counts what the present code refuses, by kind, with the first place of each', async () => {
    const summary = await scan(data);
    expect(summary).toMatchObject({ positions: 'log', events: EVENTS, failed: EVENTS / BAD_EVERY + 1, untold: 0 });
    expect(summary.failures).toEqual([
      {
        type: 'yubl-posted',
        version,
        at: { type: 'yubl-posted', version },
        path: 'data.text',
        message: expect.stringContaining('65536'),
        count: EVENTS / BAD_EVERY,
        first: { position: 4000, time: '2019-01-03T18:40:00.000Z' },
      },
      expect.objectContaining({
        type: 'user-joined',
        version: 99,
        count: 1,
        first: { position: 11, time: expect.any(String) },
      }),
    ]);
  });

  test('counts undeclared keys, with the types of their values', async () => {
    const summary = await scan(join(data, 'log.db'));
    expect(
      summary.undeclared.map(({ path, jsonTypes, count, first }) => ({ path, jsonTypes, count, at: first.position })),
    ).toEqual([
      { path: 'data.likes', jsonTypes: { string: 1, number: 1 }, count: 2, at: 7000 },
      { path: 'data.place', jsonTypes: { object: 2 }, count: 2, at: 7000 },
    ]);
  });

  test('makes findings of what it refuses, which the check fails with and waivers stand for', async () => {
    const { code, report } = await check(data);
    expect({ code, ok: report.ok }).toEqual({ code: 1, ok: false });
    expect(report.findings).toMatchObject([
      {
        rule: 'STORED_EVENT_REFUSED',
        file: 'events/yubl-posted.ts',
        path: 'data.text',
        message: expect.stringMatching(
          `^5 of 10000 events of yubl-posted v${version} fail at data.text: Too big.*, first at position 4000, 2019-01-03$`,
        ),
      },
      { rule: 'STORED_EVENT_REFUSED', type: 'user-joined', path: 'dataschema', file: 'events/user-joined.ts' },
    ]);
    const registry = join(folder, 'registry');
    cpSync(join(REGISTRY_ROOT, 'frozen'), join(registry, 'frozen'), { recursive: true });
    const waivers = report.findings.map(({ rule, type, path }) => {
      return { rule, type, path, reason: 'known', owner: 'feed', expires: '9999-12-31' };
    });
    writeFileSync(join(registry, 'waivers.json'), JSON.stringify(waivers));
    const waived = await check(data, { folder: registry });
    expect(waived).toMatchObject({ code: 0, report: { ok: true } });
    expect(waived.report.findings.map(({ outcome }) => outcome)).toEqual(['waived', 'waived']);
  });

  test('is printed in words and as annotations', async () => {
    const { context, lines } = capturedTerminal();
    expect(await checkSchemas({ againstLog: data, github: true }, context)).toBe(1);
    const text = lines.join('\n');
    expect(text).toMatch(/^::error file=events\/yubl-posted.ts,title=STORED_EVENT_REFUSED::5 of 10000/);
    expect(text).toContain('The current code refuses 6 of them');
    expect(text).toContain('data.likes: ');
    expect(text).toMatch(/2 failures: .*\.$/);
    expect(text).not.toContain('Green');
  });

  test('works beside a writer, and ends with 0 if all is well', async () => {
    const healthy = join(folder, 'healthy');
    mkdirSync(healthy);
    const file = openLogFile(join(healthy, 'log.db'));
    await file.log.append([sampleEvent(), sampleEvent({ type: 'followed' })]);
    const { events: count, failures } = await scan(healthy);
    const { code } = await check(healthy);
    await file.close();
    expect({ code, count, failures }).toEqual({ code: 0, count: 2, failures: [] });
  });
});

describe('the scan of an archive', () => {
  test('finds what the scan of the log finds, by line, and the lines that are no events', async () => {
    const [summary, ofLog] = [await scan(archive), await scan(data)];
    expect(summary.positions).toBe('line');
    expect(summary.events).toBe(EVENTS + 2);
    const counts = ({ failures }: typeof summary) =>
      failures.map(({ type, path, count }) => `${type} ${path} ${count}`);
    expect(counts(summary)).toEqual(expect.arrayContaining(counts(ofLog)));
    expect(summary.failures.find(({ path }) => path === 'data.text')?.first).toEqual({
      position: 4003,
      time: '2019-01-03T18:40:00.000Z',
    });
    expect(
      summary.failures.filter(({ version }) => version === 0).map(({ message, first }) => [message, first.position]),
    ).toEqual([
      ['the line is not JSON', 3],
      ['the line is not an event: it has no type or no data', 5],
    ]);
    expect(summary.undeclared.map(({ path, count }) => [path, count])).toEqual(
      ofLog.undeclared.map(({ path, count }) => [path, count]),
    );
  });

  test('refuses what the monolith sends, and what is not there', async () => {
    const changes = join(folder, 'changes.ndjson');
    writeFileSync(changes, '{"operationType":"insert"}\n');
    await expect(scan(changes)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    await expect(scan(join(folder, 'none.ndjson'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await expect(scan(join(folder, 'none'))).rejects.toMatchObject({ code: 'DATA_MISSING' });
    writeFileSync(join(folder, 'damaged.db'), 'x'.repeat(5000));
    await expect(scan(join(folder, 'damaged.db'))).rejects.toMatchObject({ code: 'DATA_DAMAGED' });
  });
});
