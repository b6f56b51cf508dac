import { expect, test } from 'vitest';
import type { Consumer, Log, Note } from '../consumers/runtime/consumer.ts';
import { HandlerFailure } from '../consumers/runtime/handler-failure.ts';
import { currentCorrelation } from '../events/correlation.ts';
import { FigtreeError } from '../events/errors.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import type { EventLogReader } from '../ports/event-log.ts';
import { personIds, recordedEvent } from '../ports/contracts/histories.ts';
import { sequenceOf } from '../events/sequence.ts';
import { foldLog, type FoldOptions } from './fold-log.ts';

const [userId = ''] = personIds;
const events: RecordedEvent[] = Array.from({ length: 2500 }, (_, index) =>
  recordedEvent('user-left', { userId }, { sequence: sequenceOf(1, index), position: index + 1 }),
);

/** A log of plain events, in pages. */
const log: Pick<EventLogReader, 'read'> = {
  async read({ after, upTo = Infinity, limit }) {
    const page = events.slice(after, Math.min(after + limit, upTo));
    return { events: page, position: page.at(-1)?.position ?? after };
  },
};

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

function options(consumers: readonly Consumer[], changes: Partial<FoldOptions> = {}): FoldOptions {
  return {
    consumers,
    log,
    upcasters: { refusal: () => undefined },
    logger: silent,
    personal: { outOfLog: (_, logger) => logger },
    replayId: 'replay-1',
    upTo: Infinity,
    isFull: () => false,
    onPage: () => {},
    ...changes,
  };
}

test('every event is handled once and in order, by all consumers of its type, whether they are synchronous or not', async () => {
  const seen: string[] = [];
  const later: Consumer = {
    name: 'later',
    on: { 'user-left': async ({ position }) => (await Promise.resolve(), void seen.push(`later ${position}`)) },
  };
  const atOnce: Consumer = {
    name: 'at-once',
    on: { 'user-left': ({ position }) => void seen.push(`at once ${position}`) },
  };
  const pages: number[] = [];
  const folded = await foldLog(
    options([later, atOnce, later], { onPage: ({ position }) => void pages.push(position), upTo: 2100 }),
  );
  expect(folded).toEqual({ position: 2100, events: 2100 });
  expect(pages).toEqual([1000, 2000, 2100]);
  expect(seen).toEqual(
    events.slice(0, 2100).flatMap(({ position }) => [`later ${position}`, `at once ${position}`, `later ${position}`]),
  );
});

test('what leaves the system is not done, and handlers know of the replay', async () => {
  const replays = new Set<boolean>();
  const mailing: Consumer = { name: 'mailing', on: { 'user-left': () => expect.unreachable() }, leavesSystem: true };
  const asking: Consumer = { name: 'asking', on: { 'user-left': (_, { replay }) => void replays.add(replay) } };
  await foldLog(options([mailing, asking]));
  expect([...replays]).toEqual([true]);
});

test('lines carry the replay and the correlation of their event', async () => {
  const lines: [Note, string | undefined][] = [];
  const logger: Log = { ...silent, info: (details) => void lines.push([details, currentCorrelation().causationid]) };
  const telling: Consumer = {
    name: 'telling',
    on: {
      'user-left': ({ position }, context) => (position === 7 ? context.log.info({ position }, 'here') : undefined),
    },
  };
  await foldLog(options([telling], { logger }));
  expect(lines).toEqual([[{ replay: 'replay-1', position: 7 }, 'event-7']]);
});

test('it ends early when it is full', async () => {
  let full = false;
  const counting: Consumer = {
    name: 'counting',
    on: { 'user-left': ({ position = 0 }) => void (full = position > 900) },
  };
  expect(await foldLog(options([counting], { isFull: () => full }))).toEqual({ position: 1000, events: 1000 });
});

test.each(['at once', 'later'])('the first event that a consumer fails on ends it, reported %s', async (when) => {
  const failing: Consumer = {
    name: 'failing',
    on: {
      'user-left': ({ position }) => {
        if (position !== 1200) return undefined;
        if (when === 'later') return Promise.reject(new Error('no'));
        throw new Error('no');
      },
    },
  };
  const folding = foldLog(options([{ name: 'other', on: { 'user-left': () => {} } }, failing]));
  const failure = await folding.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(HandlerFailure);
  expect(failure).toMatchObject({ consumer: 'failing', event: { position: 1200 }, cause: { message: 'no' } });
});

test('a refused event ends it before any consumer has seen it, and a failure of the disk stays one', async () => {
  const refusal = new FigtreeError('STORAGE_FULL', 'no space');
  const never: Consumer = { name: 'never', on: { 'user-left': () => expect.unreachable() } };
  const refused = foldLog(options([never], { upcasters: { refusal: async () => refusal } }));
  await expect(refused).rejects.toMatchObject({ refused: true, consumer: 'never' });
  const full: Consumer = { name: 'full', on: { 'user-left': () => Promise.reject(refusal) } };
  await expect(foldLog(options([full]))).rejects.toBe(refusal);
});
