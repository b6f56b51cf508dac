import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomRuns } from './random-runs.ts';
import type { StreamedEvent, StreamFailure, StreamParking } from '../stream-parking.ts';
import { modelStreamParking } from './stream-parking.model.ts';

export interface StreamParkingUnderTest {
  readonly parking: StreamParking;
  /** The same lot as another process has it. */
  readonly another: StreamParking;
  remove(): Promise<void>;
}

/** The behaviour of every parking lot of a stream. `open` returns an empty one; `runs` is the number of random
 *  histories. */
export function streamParkingContract(open: () => Promise<StreamParkingUnderTest>, runs = randomRuns(30)): void {
  describe('a parking lot of a stream', () => {
    let subject: StreamParkingUnderTest;
    beforeEach(async () => void (subject = await open()));
    afterEach(() => subject.remove());
    const waitingOf = async (key: string) =>
      (await subject.another.waiting(key, { limit: 100 })).map(({ event }) => event);

    test('has no state of unknown keys', async () => {
      const { parking } = subject;
      expect(await parking.states(['a', 'b'])).toEqual(new Map());
      expect(await parking.states([])).toEqual(new Map());
      expect(await parking.stoppedKeys({ limit: 10 })).toEqual([]);
      expect(await parking.stoppedKey('a')).toBeUndefined();
      expect(await parking.waiting('a', { limit: 10 })).toEqual([]);
      expect(await parking.parkBehind([streamed('a', 1)])).toBe(false);
      expect(await waitingOf('a')).toEqual([]);
    });

    test('counts the attempts at one event, and anew at the next', async () => {
      const { parking, another } = subject;
      expect(await parking.countFailure(streamed('a', 1))).toBe(1);
      expect(await another.countFailure(streamed('a', 1))).toBe(2);
      expect(await parking.countFailure(streamed('b', 2))).toBe(1);
      expect(await parking.countFailure(streamed('a', 1))).toBe(3);
      expect(await parking.states(['a', 'b', 'c'])).toEqual(new Map([['a', 'failing'], ['b', 'failing']])); // prettier-ignore
      expect(await parking.stoppedKeys({ limit: 10 })).toEqual([]);
      expect(await parking.countFailure(streamed('a', 5))).toBe(1);
      await parking.forgetFailures(['a', 'c']);
      expect(await parking.countFailure(streamed('a', 5))).toBe(1);
    });

    test('stops a key, which others see once it has settled, and keeps events whole and in order', async () => {
      const { parking, another } = subject;
      await another.states(['a']);
      await parking.countFailure(streamed('a', 9));
      await parking.park(streamed('a', 9), failure);
      // In numeric order: as text, 100 would sort before 20.
      expect(await parking.parkBehind([streamed('a', 20), streamed('a', 100)])).toBe(true);
      await parking.settled();
      expect(await another.states(['a', 'b'])).toEqual(new Map([['a', 'stopped']]));
      expect(await another.waiting('a', { limit: 2 })).toEqual([streamed('a', 9), streamed('a', 20)]);
      expect(await another.waiting('a', { after: '20', limit: 2 })).toEqual([streamed('a', 100)]);
      const stopped = { key: 'a', stoppedAtMs: expect.any(Number), failure: { event: 'a 9', ...failure } };
      expect(await another.stoppedKey('a')).toEqual(stopped);
      expect(await another.stoppedKeys({ limit: 10 })).toEqual([stopped]);
    });

    test('keeps an event once, however often it comes', async () => {
      const { parking, another } = subject;
      await parking.park(streamed('a', 1), failure);
      for (const one of [parking, another])
        expect(await one.parkBehind([1, 2].map((at) => streamed('a', at)))).toBe(true);
      await another.park(streamed('a', 2), { ...failure, code: 'OTHER' });
      expect(await waitingOf('a')).toEqual(['a 1', 'a 2']);
      expect((await parking.stoppedKey('a'))?.failure).toEqual({ event: 'a 1', ...failure });
    });

    test('resumes a key with its last event, and shows its failure until that has left', async () => {
      const { parking, another } = subject;
      await parking.park(streamed('a', 1), failure);
      await parking.parkBehind([2, 3].map((at) => streamed('a', at)));
      await another.failedAgain(streamed('a', 1), { ...failure, attempts: 6 });
      expect((await parking.stoppedKey('a'))?.failure?.attempts).toBe(6);
      await another.remove(streamed('a', 1));
      expect(await parking.stoppedKey('a')).toEqual({ key: 'a', stoppedAtMs: expect.any(Number) });
      await another.failedAgain(streamed('a', 2), failure);
      expect((await parking.stoppedKey('a'))?.failure).toEqual({ event: 'a 2', ...failure });
      await another.remove(streamed('a', 3));
      await another.remove(streamed('a', 2));
      expect(await parking.stoppedKey('a')).toBeUndefined();
      expect(await parking.parkBehind([streamed('a', 4)])).toBe(false);
      // Removing what is not there is allowed.
      await another.remove(streamed('a', 2));
    });

    test('lists stopped keys page by page', async () => {
      const { parking } = subject;
      for (const key of ['d', 'a', 'c', 'b']) await parking.park(streamed(key, 1), failure);
      await parking.countFailure(streamed('bb', 1));
      const keysOf = async (query: { after?: string; limit: number }) =>
        (await parking.stoppedKeys(query)).map(({ key }) => key);
      expect(await keysOf({ limit: 3 })).toEqual(['a', 'b', 'c']);
      expect(await keysOf({ after: 'b', limit: 3 })).toEqual(['c', 'd']);
    });

    test('loses nothing between one who puts behind and one who takes out', async () => {
      const { parking, another } = subject;
      await parking.park(streamed('a', 1), failure);
      const taken: string[] = [];
      const takeOut = async () => {
        while ((await another.stoppedKey('a')) !== undefined) {
          for (const event of await another.waiting('a', { limit: 10 })) {
            taken.push(event.event);
            await another.remove(event);
          }
        }
      };
      const handled: string[] = [];
      const putBehind = async () => {
        for (let at = 2; at <= 12; at += 1)
          if (!(await parking.parkBehind([streamed('a', at)]))) handled.push(`a ${at}`);
      };
      await Promise.all([putBehind(), takeOut()]);
      expect(await waitingOf('a')).toEqual([]);
      const all = Array.from({ length: 12 }, (_, index) => `a ${index + 1}`);
      expect([...new Set([...taken, ...handled])].toSorted()).toEqual(all.toSorted());
    });

    test('agrees with a map in memory after any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (history) => {
          const tried = await open();
          const model = modelStreamParking();
          for (const one of history) {
            const lot = one.other ? tried.another : tried.parking;
            expect(await apply(lot, one)).toEqual(await apply(model, one));
          }
          await tried.parking.settled();
          expect(await pictureOf(tried.another)).toEqual(await pictureOf(model));
          await tried.remove();
        }),
        { numRuns: runs },
      );
    });
  });
}

const failure: StreamFailure = { consumer: 'c', attempts: 5, code: 'Error', error: 'Error: it fails' };

function streamed(key: string, at: number): StreamedEvent {
  const text = JSON.stringify({ key, at, letters: 'zażółć 日本 😀' });
  return { key, sequenceNumber: String(at), event: `${key} ${at}`, text, arrivedAtMs: 1_456_124_520_000 + at };
}

const KEYS = ['a', 'b'];
const step = fc.record({
  act: fc.constantFrom('countFailure', 'forgetFailures', 'park', 'parkBehind', 'failedAgain', 'remove'),
  key: fc.constantFrom(...KEYS),
  at: fc.constantFrom(1, 2, 10),
  other: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function apply(parking: StreamParking, { act, key, at }: Step): Promise<unknown> {
  const event = streamed(key, at);
  switch (act) {
    case 'countFailure':
      // The runtime never calls it for a key that is stopped.
      return (await parking.stoppedKey(key)) === undefined ? parking.countFailure(event) : undefined;
    case 'forgetFailures':
      return parking.forgetFailures([key]);
    case 'park':
      return parking.park(event, { ...failure, attempts: at });
    case 'parkBehind':
      return parking.parkBehind([event]);
    case 'failedAgain':
      return parking.failedAgain(event, { ...failure, code: 'AGAIN' });
    case 'remove':
      return parking.remove(event);
  }
}

async function pictureOf(parking: StreamParking) {
  const stopped = await parking.stoppedKeys({ limit: 10 });
  const waiting = await Promise.all(KEYS.map((key) => parking.waiting(key, { limit: 10 })));
  const states = Object.fromEntries(await parking.states(KEYS));
  return { stopped: stopped.map(({ key, failure: failed }) => ({ key, failed })), waiting, states };
}
