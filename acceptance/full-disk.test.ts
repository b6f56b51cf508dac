import { expect, test, vi } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { openEmbeddedEngine } from '../apps/embedded/open-engine.ts';
import { openLogger } from '../apps/logger.ts';
import type { EventEnvelope } from '../events/envelope.ts';
import { isFigtreeError } from '../events/errors.ts';
import { idOf, sampleEvent } from '../ports/contracts/sample-events.ts';
import { mountSmallDisk } from './small-disk.ts';

const MEBIBYTE = 2 ** 20;
const logger = openLogger({ level: 'silent', destination: 2 });

const open = (folder: string) =>
  openEmbeddedEngine({
    folder,
    feedLength: 800,
    celebrityFollowers: 10_000,
    logger,
    threadLogs: { level: 'silent', destination: 2 },
  });

async function idsIn({ log }: Engine): Promise<string[]> {
  return (await log.read({ after: 0, limit: 1_000_000 })).events.map(({ id }) => id);
}

async function expectCaughtUp(engine: Engine): Promise<void> {
  const live = { state: 'live', parked: 0, lagEvents: 0 };
  const settled = async () => {
    for (const projection of (await engine.status()).projections) expect(projection).toMatchObject(live);
  };
  await vi.waitFor(settled, { timeout: 60_000, interval: 50 });
}

test('a full disk refuses events, loses none that was acknowledged, and takes events again once there is room', async (context) => {
  const disk = mountSmallDisk(24 * MEBIBYTE);
  if ('reason' in disk) return context.skip(disk.reason);
  let engine: Engine | undefined;
  try {
    engine = await open(disk.folder);
    const [author, follower] = [900, 901];
    const follow = sampleEvent({ type: 'followed', key: follower });
    const followed = { ...follow, data: { ...follow.data, followeeId: idOf(author) } } as EventEnvelope;
    const posted = (number: number) => {
      const event = sampleEvent({ key: number });
      const text = `yubl ${number} ${'with words '.repeat(100)}`;
      return { ...event, data: { ...event.data, authorId: idOf(author), text } } as EventEnvelope;
    };
    await engine.log.append([followed]);
    const acknowledged = [followed.id];
    disk.leave(MEBIBYTE);

    // Callers arrive one after the other and together, as requests do.
    const refused: unknown[] = [];
    let number = 1;
    while (refused.length < 50) {
      const calls = Array.from({ length: 10 }, () => [posted((number += 1)), posted((number += 1))]);
      const { log } = engine;
      const outcomes = await Promise.allSettled(calls.map((call) => log.append(call)));
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 'rejected') refused.push(outcome.reason);
        else acknowledged.push(...(calls[index] ?? []).map(({ id }) => id));
      });
    }
    expect(acknowledged.length).toBeGreaterThan(20);
    for (const reason of refused) {
      expect(isFigtreeError(reason, 'STORAGE_FULL') || isFigtreeError(reason, 'STORAGE_FAILED'), String(reason)).toBe(
        true,
      );
    }
    expect(await idsIn(engine)).toEqual(acknowledged);

    // Everything acknowledged is readable; the projections report that they are stopped, or have caught up with the
    // space there was.
    const { head, projections } = await engine.status();
    expect(head).toBe(acknowledged.length);
    for (const { name, parked } of projections) expect(parked, name).toBe(0);

    disk.makeRoom();
    const later = [posted((number += 1)), posted((number += 1))];
    await engine.log.append(later);
    acknowledged.push(...later.map(({ id }) => id));
    await expectCaughtUp(engine);

    await engine.close();
    engine = await open(disk.folder);
    await expectCaughtUp(engine);
    expect(await idsIn(engine)).toEqual(acknowledged);
    const yubls = acknowledged.length - 1;
    expect(await engine.feeds.yublCount(idOf(author))).toBe(yubls);
    expect((await engine.feeds.feed(idOf(follower), { limit: 1000 })).items).toHaveLength(Math.min(yubls, 800));
  } finally {
    await engine?.close();
    disk.remove();
  }
});

test('projections for which there is no room pause, say so, park nothing, and continue once there is', async (context) => {
  const disk = mountSmallDisk(64 * MEBIBYTE);
  if ('reason' in disk) return context.skip(disk.reason);
  let engine: Engine | undefined;
  try {
    // The log is full of events before the projections see any of them.
    engine = await open(disk.folder);
    const text = 'many different words '.repeat(50);
    const events = Array.from({ length: 3000 }, (_, index) => {
      const event = sampleEvent({ key: index });
      return { ...event, data: { ...event.data, text: `${text} ${index}` } } as EventEnvelope;
    });
    disk.leave(9 * MEBIBYTE);
    await engine.log.append(events);
    const states = async () => (await engine?.status())?.projections ?? [];
    await vi.waitFor(async () => expect((await states()).map(({ state }) => state)).toContain('stopped'), {
      timeout: 60_000,
      interval: 50,
    });
    const stopped = (await states()).filter(({ state }) => state === 'stopped');
    for (const { position, parked, lagEvents } of stopped) {
      expect({ parked, lagEvents }).toEqual({ parked: 0, lagEvents: events.length - position });
    }
    disk.makeRoom();
    await expectCaughtUp(engine);
    const found = await engine.search.yubls('different', { limit: 200 });
    expect(found.items).toHaveLength(200);
    expect(await engine.feeds.yublCount(idOf(9000))).toBe(events.length);
  } finally {
    await engine?.close();
    disk.remove();
  }
});
