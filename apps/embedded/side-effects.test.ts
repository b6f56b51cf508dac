import { writeFile } from 'node:fs/promises';
import { lookup } from 'node:dns';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, mkdirSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProjectionFile } from '../../adapters/embedded/projection/file.ts';
import type { Consumer, Handler } from '../../consumers/runtime/consumer.ts';
import { announceNewcomers } from '../../docs/examples/announce-newcomers.ts';
import { eventTypes, type EventType } from '../../events/catalog.ts';
import { engineProjections } from './catalog/consumer-lineage.ts';
import { randomLog, runTrapped, type Replayed } from '../../testing/engine/replayed-consumers.ts';

// Proves for every registered projection that a replay has no side effects: the registry is walked, none is named here.

const SEED = Number(process.env['FIGTREE_TEST_SEED']);
const replay = { id: 'rebuild-1', active: () => true };

let folder: string;
let logPath: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-side-effects-'));
  logPath = await randomLog(join(folder, 'log'), { seed: SEED, events: 2000 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function own(name: string): string {
  const path = join(folder, `${name}-${Math.random()}`);
  mkdirSync(path);
  return path;
}

/** What is wrong with a replay: what was touched, and what was called or left out against its declaration. */
function faultsOf({ taken, calls, consumers }: Replayed): string[] {
  const wrong = consumers.flatMap(({ name, on, leavesSystem }) =>
    Object.keys(on).flatMap((type) => {
      const called = (calls.get(`${name} of ${type}`) ?? 0) > 0;
      if (called === !leavesSystem) return [];
      return [`${name} of ${type} ${called ? 'was called and leaves the system' : 'was not reached'}`];
    }),
  );
  return [...new Set(taken)].map((way) => `${way} was taken`).concat(wrong);
}

async function replayOf(...consumers: Consumer[]): Promise<Replayed> {
  const file = openProjectionFile({ path: join(own('planted'), 'planted.db'), version: 1, schema: '' });
  try {
    return await runTrapped(logPath, { file, consumers }, replay);
  } finally {
    file.close();
  }
}

describe(`in a replay (SEED=${SEED})`, () => {
  test.each(Object.keys(engineProjections))(
    'the consumers of %s touch nothing beyond their projection',
    async (name) => {
      const opened = await engineProjections[name]?.(own(name));
      if (opened === undefined) throw new Error(`${name} is not registered`);
      try {
        expect(opened.consumers.length).toBeGreaterThan(0);
        expect(faultsOf(await runTrapped(logPath, opened, replay))).toEqual([]);
      } finally {
        opened.file.close();
      }
    },
  );

  test('the example consumer is not called, and without its declaration its client refuses to call', async () => {
    const consumer = announceNewcomers(new URL('http://127.0.0.1:9/'));
    expect(faultsOf(await replayOf(consumer))).toEqual([]);
    const { leavesSystem: _, ...undeclared } = consumer;
    const failures: unknown[] = [];
    const replayed = await replayOf({ ...undeclared, on: caught(undeclared, failures) });
    expect(faultsOf(replayed)).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'CALL_MISUSED' });
  });
});

/** The same handlers, whose failures are noted here. */
function caught({ on }: Consumer, failures: unknown[]): Consumer['on'] {
  const handlers = Object.entries(on).map(([type, handler]) => {
    const widened = handler as unknown as Handler<EventType>;
    const quiet: Handler<EventType> = async (event, context) => {
      try {
        await widened(event, context);
      } catch (failure) {
        failures.push(failure);
      }
    };
    return [type, quiet] as const;
  });
  return Object.fromEntries(handlers);
}

async function fetchQuietly(): Promise<void> {
  await (async () => fetch('http://127.0.0.1:9/'))().catch(() => {});
}

describe('the proof bites', () => {
  const planted = (act: () => unknown, changes: Partial<Consumer> = {}): Consumer => {
    const swallowing = async () => {
      try {
        await act();
      } catch {
        // It is noted all the same.
      }
    };
    return { name: 'planted', on: { 'user-left': swallowing }, ...changes };
  };

  test.each<[string, () => unknown, string]>([
    ['fetches', () => fetch('http://127.0.0.1:9/'), 'global.fetch'],
    ['connects', () => connect(9), 'net.connect'],
    ['resolves a name', () => lookup('localhost', () => {}), 'dns.lookup'],
    ['writes a file', () => writeFile(join(folder, 'escaped'), ''), 'fs.promises.writeFile'],
    // The trap throws at it where the real one rejects, so it is called where a throw becomes a rejection.
    ['fetches later', () => void setTimeout(() => void fetchQuietly()), 'global.fetch'],
  ])('on a consumer that %s undeclared', async (_, act, way) => {
    expect(faultsOf(await replayOf(planted(act)))).toEqual([`${way} was taken`]);
    expect(existsSync(join(folder, 'escaped'))).toBe(false);
  });

  test('not on one that declares it, which is not called', async () => {
    const fetching = planted(() => fetch('http://127.0.0.1:9/'), { leavesSystem: true });
    const replayed = await replayOf(fetching);
    expect(faultsOf(replayed)).toEqual([]);
    expect(replayed.calls.get('planted of user-left')).toBe(0);
  });

  test('on a handler that is never reached', async () => {
    const silent: Consumer = { name: 'silent', on: { 'yubl-liked': () => {} } as Consumer['on'] };
    expect(faultsOf(await replayOf(silent))).toEqual(['silent of yubl-liked was not reached']);
  });
});

test('the made-up history holds every event of the catalog', async () => {
  const all = eventTypes.map((type): Consumer => ({ name: `any ${type}`, on: { [type]: () => {} } }));
  expect(faultsOf(await replayOf(...all))).toEqual([]);
});

test('log lines of handlers carry the id of the replay, and none once it is over', async () => {
  let active = true;
  const speaking: Consumer = {
    name: 'speaking',
    on: {
      'user-left': (_event, { log, replay }) => {
        log.info({ replaying: replay }, 'said');
        active = false;
      },
    },
  };
  const file = openProjectionFile({ path: join(own('speaking'), 'speaking.db'), version: 1, schema: '' });
  const { lines } = await runTrapped(logPath, { file, consumers: [speaking] }, { id: 'r-7', active: () => active });
  file.close();
  const [first, second] = lines.filter(({ message }) => message === 'said');
  expect(first).toEqual({ replay: 'r-7', replaying: true, message: 'said' });
  expect(second).toEqual({ replaying: false, message: 'said' });
});
