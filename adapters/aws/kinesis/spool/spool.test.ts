import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventEnvelope } from '../../../../events/envelope.ts';
import { sampleEvent } from '../../../../ports/contracts/sample-events.ts';
import { createStreamModel, type StreamModel } from '../../../../testing/aws/kinesis-stream-model.ts';
import { type Fault, type KinesisStandIn, openKinesisStandIn } from '../../../../testing/aws/kinesis-stand-in.ts';
import type { AppenderSettings } from '../appender-settings.ts';
import { openKinesisClient } from '../client.ts';
import { type KinesisEventAppender, openKinesisEventAppender } from '../event-appender.ts';

// Generous, because the machine may be busy.
const SOON = { timeout: 60_000, interval: 10 };

const AWAY: Fault = { kind: 'error', status: 503, type: 'ServiceUnavailable' };
const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };

let folder: string;
let model: StreamModel;
let standIn: KinesisStandIn;
let fault: Fault | undefined;
const opened: KinesisEventAppender[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spool-'));
  model = createStreamModel();
  fault = undefined;
  standIn = await openKinesisStandIn({
    model,
    fault: ({ body, operation }) => (operation === 'PutRecords' ? faultOf(body) : fault),
  });
});
let faultOf: (body: Record<string, unknown>) => Fault | undefined = () => fault;

afterEach(async () => {
  fault = undefined;
  faultOf = () => fault;
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(settings: Partial<AppenderSettings> = {}): Promise<KinesisEventAppender> {
  const client = openKinesisClient({ region: 'us-east-1', credentials, endpoint: standIn.endpoint });
  const appender = await openKinesisEventAppender(client, {
    stream: 'events',
    spoolFolder: folder,
    lingerMs: 1,
    ttlMs: 30,
    pauses: { firstMs: 1, maxMs: 10 },
    closeMs: 200,
    ...settings,
  });
  opened.push(appender);
  return appender;
}

const idsInStream = () =>
  model.records().map(({ Data }) => (JSON.parse(Buffer.from(Data, 'base64').toString()) as EventEnvelope).id);
const firstIds = () => [...new Set(idsInStream())];
function missing(promised: readonly string[]): string[] {
  const found = new Set(idsInStream());
  return promised.filter((id) => !found.has(id));
}
const segments = () => readdirSync(folder).filter((name) => /^\d+\.ndjson$/.test(name));

describe('while Kinesis is away', () => {
  test('events are taken all the same, and arrive in order once it is back', async () => {
    fault = AWAY;
    const appender = await open();
    const given = Array.from({ length: 30 }, () => sampleEvent({ key: 1 }));
    for (const event of given) expect(await appender.append([event])).toEqual([{ outcome: 'appended', position: 0 }]);
    expect(appender.statistics()).toMatchObject({ spooledRecords: 30, queuedRecords: 0 });
    expect(idsInStream()).toEqual([]);
    fault = undefined;
    const behind = Array.from({ length: 10 }, () => sampleEvent({ key: 1 }));
    await Promise.all(behind.map((event) => appender.append([event])));
    await expect.poll(idsInStream, SOON).toEqual([...given, ...behind].map(({ id }) => id));
    await expect.poll(() => appender.statistics(), SOON).toMatchObject({ spoolBytes: 0, failuresInRow: 0 });
    expect(segments()).toEqual([]);
  });

  test('an event waits for its time once, and the next ones no longer than the disk takes', async () => {
    fault = AWAY;
    // Long enough for ten writes on any machine, and short enough to wait for once.
    const ttlMs = 2000;
    const appender = await open({ ttlMs, triesMax: 10_000 });
    await appender.append([sampleEvent()]);
    const start = performance.now();
    for (let index = 0; index < 10; index += 1) await appender.append([sampleEvent()]);
    expect(performance.now() - start).toBeLessThan(10 * ttlMs);
  });

  test('an event that still waits in memory is not overtaken on the disk by the next of its key', async () => {
    fault = undefined;
    faultOf = () => AWAY;
    const appender = await open({ ttlMs: 400, triesMax: 10_000 });
    const [other, first, second] = [2, 1, 1].map((key) => sampleEvent({ key }));
    if (other === undefined || first === undefined || second === undefined) throw new Error('no samples');
    const appending = [appender.append([other])];
    await new Promise((resolve) => setTimeout(resolve, 200));
    appending.push(appender.append([first]));
    await appending[0];
    appending.push(appender.append([second]));
    await Promise.all(appending);
    faultOf = () => undefined;
    await expect.poll(() => idsInStream().length, SOON).toBe(3);
    expect(idsInStream().filter((id) => id !== other.id)).toEqual([first.id, second.id]);
  });

  test('without a spool events are rejected when their time is over, and arrive no more', async () => {
    fault = AWAY;
    const appender = await open({ spoolFolder: undefined });
    const failed = { code: 'STORAGE_FAILED', retryable: true };
    await expect(appender.append([sampleEvent(), sampleEvent({ key: 2 })])).rejects.toMatchObject(failed);
    fault = undefined;
    const after = sampleEvent();
    await appender.append([after]);
    expect(idsInStream()).toEqual([after.id]);
  });

  test('a spool that is full rejects, and takes again when it has been emptied', async () => {
    fault = AWAY;
    const appender = await open({ spoolBytesMax: 4000 });
    const taken: string[] = [];
    const refused = await (async () => {
      for (;;) {
        const event = sampleEvent();
        try {
          await appender.append([event]);
          taken.push(event.id);
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refused).toMatchObject({ code: 'STORAGE_FULL', retryable: true });
    expect(taken.length).toBeGreaterThan(3);
    fault = undefined;
    await expect.poll(idsInStream, SOON).toEqual(taken);
    await expect.poll(() => appender.statistics().spoolBytes, SOON).toBe(0);
    fault = AWAY;
    await appender.append([sampleEvent()]);
    expect(appender.statistics().spooledRecords).toBe(taken.length + 1);
  });

  test('closing spools what is still on its way, and the next process sends it', async () => {
    fault = AWAY;
    const appender = await open({ ttlMs: 60_000 });
    const given = Array.from({ length: 12 }, (_, index) => sampleEvent({ key: index % 3 }));
    const appending = Promise.all(given.map((event) => appender.append([event])));
    await appender.close();
    expect(await appending).toHaveLength(12);
    await expect(appender.append([sampleEvent()])).rejects.toMatchObject({ code: 'SHUTTING_DOWN', retryable: true });
    fault = undefined;
    await open();
    await expect.poll(() => idsInStream().toSorted(), SOON).toEqual(given.map(({ id }) => id).toSorted());
  });

  test('one shard that throttles holds up its own keys alone', async () => {
    const throttled = sampleEvent({ key: 1 }).partitionkey;
    faultOf = ({ Records }) => ({
      kind: 'records',
      places: (Records as { PartitionKey: string }[]).flatMap(({ PartitionKey }, place) =>
        PartitionKey === throttled ? [place] : [],
      ),
    });
    const appender = await open();
    const held = [sampleEvent({ key: 1 }), sampleEvent({ key: 1 })];
    const free = Array.from({ length: 20 }, () => sampleEvent({ key: 2 }));
    const ofHeld = appender.append(held);
    for (const event of free) await appender.append([event]);
    await ofHeld;
    expect(idsInStream()).toEqual(free.map(({ id }) => id));
    faultOf = () => undefined;
    await expect.poll(() => idsInStream().length, SOON).toBe(22);
    expect(idsInStream().filter((id) => held.some((event) => event.id === id))).toEqual(held.map(({ id }) => id));
  });
});

describe('a spool', () => {
  test('is used by one process at a time', async () => {
    const appender = await open();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_IN_USE', retryable: true });
    await appender.close();
    await open();
  });

  test('needs a folder that can be written', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(open({ spoolFolder: join(file, 'spool') })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    const deep = join(folder, 'x'.repeat(120));
    await expect(open({ spoolFolder: deep })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('is taken over from a process that was killed, and what it promised arrives once it can', async () => {
    fault = AWAY;
    const promised: string[] = [];
    for (let life = 0; life < 2; life += 1) {
      const publisher = startPublisher();
      await expect.poll(() => publisher.said().length, SOON).toBeGreaterThan(40);
      publisher.process.kill('SIGKILL');
      await once(publisher.process, 'close');
      promised.push(...publisher.said().map((line) => `${publisher.process.pid} ${line}`));
    }
    fault = undefined;
    await open();
    await expect.poll(() => missing(promised), SOON).toEqual([]);
    await expect.poll(segments, SOON).toEqual([]);
    for (const [key, ids] of Map.groupBy(firstIds(), (id) => id.slice(0, id.lastIndexOf(' ')))) {
      expect(ids, key).toEqual(ids.map((_, number) => `${key} ${number}`));
    }
  });

  test('loses nothing when its process is killed while it drains', async () => {
    fault = AWAY;
    const first = startPublisher();
    await expect.poll(() => first.said().length, SOON).toBeGreaterThan(300);
    fault = undefined;
    faultOf = () => ({ kind: 'slow', ms: 2, taken: true });
    await expect.poll(() => idsInStream().length, SOON).toBeGreaterThan(20);
    first.process.kill('SIGKILL');
    await once(first.process, 'close');
    const promised = first.said().map((line) => `${first.process.pid} ${line}`);
    faultOf = () => undefined;
    await open();
    await expect.poll(() => missing(promised), SOON).toEqual([]);
    for (const [key, ids] of Map.groupBy(firstIds(), (id) => id.slice(0, id.lastIndexOf(' ')))) {
      expect(ids, key).toEqual(ids.map((_, number) => `${key} ${number}`));
    }
  });

  test('passes over a line that was not written to its end, and keeps one that is damaged', async () => {
    const [one, two] = [sampleEvent({ key: 1 }), sampleEvent({ key: 1 })];
    writeFileSync(join(folder, '000000000007.ndjson'), `${JSON.stringify(one)}\n{"damaged\n${JSON.stringify(two)}\n`);
    appendFileSync(join(folder, '000000000008.ndjson'), JSON.stringify(sampleEvent()).slice(0, 50));
    const appender = await open();
    await expect.poll(idsInStream, SOON).toEqual([one.id, two.id]);
    await expect.poll(segments, SOON).toEqual([]);
    expect(readFileSync(join(folder, 'set-aside.ndjson'), 'utf8')).toBe('{"damaged\n');
    expect(appender.statistics()).toMatchObject({ setAsideRecords: 1, drainedRecords: 2 });
  });

  test('sets aside what Kinesis refuses permanently, and continues with the rest', async () => {
    const events = [1, 1, 2, 2].map((key) => sampleEvent({ key }));
    const [bad] = events;
    writeFileSync(join(folder, '000000000001.ndjson'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    faultOf = ({ Records }) =>
      (Records as { Data: string }[]).some(({ Data }) =>
        Buffer.from(Data, 'base64').toString().includes(`"id":"${bad?.id}"`),
      )
        ? { kind: 'error', status: 400, type: 'InvalidArgumentException' }
        : undefined;
    await open();
    await expect
      .poll(() => idsInStream().toSorted())
      .toEqual(
        events
          .slice(1)
          .map(({ id }) => id)
          .toSorted(),
      );
    await expect.poll(segments, SOON).toEqual([]);
    expect(readFileSync(join(folder, 'set-aside.ndjson'), 'utf8')).toBe(`${JSON.stringify(bad)}\n`);
  });

  test('on a full disk rejects, acknowledges nothing, and continues when there is space', async (context) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    if (!mounted(disk, 64 * 1024)) return context.skip('only an administrator of this machine can mount a small disk');
    try {
      fault = AWAY;
      const appender = await open({ spoolFolder: join(disk, 'spool') });
      const taken: string[] = [];
      let refused: unknown;
      while (refused === undefined) {
        const event = sampleEvent();
        await appender.append([event]).then(
          () => taken.push(event.id),
          (error: unknown) => (refused = error),
        );
      }
      expect(refused).toMatchObject({ code: 'STORAGE_FULL', retryable: true });
      expect(taken.length).toBeGreaterThan(20);
      await expect(appender.append([sampleEvent()])).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      fault = undefined;
      await expect.poll(idsInStream, SOON).toEqual(taken);
      await appender.append([sampleEvent()]);
      await appender.close();
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

interface Publisher {
  readonly process: ChildProcess;
  readonly said: () => string[];
}

function startPublisher(): Publisher {
  const script = fileURLToPath(new URL('../../../../testing/aws/spooling-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, standIn.endpoint, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  return { process: child, said: () => text.split('\n').slice(0, -1) };
}

function mounted(path: string, bytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'pipe' });
    return existsSync(path);
  } catch {
    return false;
  }
}
