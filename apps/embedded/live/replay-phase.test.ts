import { expect, test } from 'vitest';
import { createProgressBoard } from '../../../adapters/embedded/projection/progress-board.ts';
import type { Consumer } from '../../../consumers/runtime/consumer.ts';
import { catalogPersonalWords } from '../../../consumers/runtime/catalog-personal-words.ts';
import { createHandling } from '../../../consumers/runtime/handling.ts';
import { createTracer } from '../../../consumers/runtime/tracer.ts';
import { catalog } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { openReplayPhase, type ReplayPhaseOptions } from './replay-phase.ts';

const progressAt = (position: number) => ({ position, feedEntries: 0, parked: 0, stopped: false });

function open(options: Partial<ReplayPhaseOptions> = {}) {
  const board = createProgressBoard(['feed', 'relationships', 'search']);
  const pacing = { headBeyond: board.headBeyond };
  const replay = { id: 'r', upTo: 0 };
  const phase = openReplayPhase({ name: 'feed', board, pacing, role: 'live', replay, checkpoint: 0, ...options });
  return { board, phase };
}

const posted = (position: number) =>
  ({ type: 'yubl-posted', data: catalog['yubl-posted'].examples[0], position }) as unknown as RecordedEvent;

test('a live version reads all there is, and nothing of it is the past', async () => {
  const { board, phase } = open();
  expect([phase.ceiling(), phase.replay.active({ position: 1 })]).toEqual([Infinity, false]);
  const beyond = phase.headBeyond(0, 60_000);
  board.setHead(1);
  expect(await beyond).toBe(true);
});

test('a live version whose file was lost applies the past up to where it was, in commits of their own', async () => {
  const { board, phase } = open({ replay: { id: 'r', upTo: 10 } });
  board.setHead(20);
  expect([phase.ceiling(), phase.replay.active({ position: 10 })]).toEqual([10, true]);
  // Within a commit that may have no more.
  expect(await phase.headBeyond(10, 60_000)).toBe(false);
  phase.applied(9);
  expect([phase.ceiling(), phase.replay.active({ position: 10 })]).toEqual([10, true]);
  phase.applied(10);
  expect([phase.ceiling(), phase.replay.active({ position: 11 })]).toEqual([Infinity, false]);
  expect(await phase.headBeyond(10, 60_000)).toBe(true);
});

test('a candidate follows the live version and is never ahead of it, until it goes live', async () => {
  const { board, phase } = open({ role: 'candidate' });
  board.setHead(20);
  board.setProgress('feed', progressAt(5));
  expect([phase.ceiling(), phase.replay.active({ position: 5 })]).toEqual([5, true]);
  expect(await phase.headBeyond(5, 20)).toBe(false);
  const beyond = phase.headBeyond(5, 60_000);
  board.setProgress('feed', progressAt(7));
  expect(await beyond).toBe(true);
  phase.applied(7);
  // What waits for the live version hears at once that it is it.
  const waiting = phase.headBeyond(7, 60_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  phase.goLive(7);
  expect(await waiting).toBe(false);
  expect([phase.ceiling(), phase.replay.active({ position: 8 })]).toEqual([Infinity, false]);
  expect(await phase.headBeyond(7, 60_000)).toBe(true);
});

test('short commits end early, and after they have begun they wait for nothing', async () => {
  const { board, phase } = open();
  board.setHead(50_000);
  phase.commitShort(true);
  expect(phase.ceiling()).toBe(1000);
  expect(await phase.headBeyond(1000, 60_000)).toBe(false);
  phase.applied(1000);
  expect(phase.ceiling()).toBe(2000);
  expect(await phase.headBeyond(1000, 60_000)).toBe(true);
  phase.commitShort(false);
  expect(phase.ceiling()).toBe(Infinity);
});

test('what leaves the system has left it once: up to the swap by the old version, behind it by the new one', async () => {
  const told: string[] = [];
  const posts: Consumer['on'] = { 'yubl-posted': ({ position }) => void told.push(`mail ${position}`) };
  const mail: Consumer = { name: 'mail', leavesSystem: true, on: posts };
  const asking: Consumer = {
    name: 'asking',
    on: { 'yubl-posted': ({ position }, { replay }) => void (replay || told.push(`asked ${position}`)) },
  };
  const { phase } = open({ role: 'candidate' });
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const { handle } = createHandling({
    consumers: [mail, asking],
    tracer: createTracer(silent, catalogPersonalWords()),
    logger: silent,
    upcasters: { refusal: () => undefined },
    personal: catalogPersonalWords(),
    replay: phase.replay,
  });
  await handle(posted(7), false);
  phase.applied(7);
  phase.goLive(7);
  // 3 was parked before the swap and is handled after it.
  for (const position of [3, 7, 8, 9]) await handle(posted(position), false);
  expect(told).toEqual(['mail 8', 'asked 8', 'mail 9', 'asked 9']);
});
