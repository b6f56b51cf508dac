import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomRuns } from '../ports/contracts/random-runs.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import { sequenceOf } from '../events/sequence.ts';
import type { FollowEdge } from '../ports/follow-edge.ts';
import { arrivals, recordedEvent } from '../ports/contracts/histories.ts';
import { foldFollowEdge } from './follow-edge.ts';

type EdgeEvent = RecordedEvent<'followed' | 'unfollowed'>;

const ids = { relationshipId: '3'.repeat(24), followerId: '1'.repeat(24), followeeId: '2'.repeat(24) };
const followed = (second: number) => {
  const data = { ...ids, followedAt: `at ${second}` };
  return recordedEvent('followed', data, { sequence: sequenceOf(second, 1) });
};
const unfollowed = (second: number) => recordedEvent('unfollowed', ids, { sequence: sequenceOf(second, 1) });

function foldAll(events: readonly EdgeEvent[]): FollowEdge | undefined {
  return events.reduce<FollowEdge | undefined>((edge, event) => foldFollowEdge(edge, event), undefined);
}

const sinceOf = (edge: FollowEdge | undefined) => edge?.follows[0]?.followedAt;

const histories: fc.Arbitrary<EdgeEvent[]> = fc
  .array(fc.boolean(), { maxLength: 12 })
  .map((follows) => follows.map((follow, second) => (follow ? followed(second) : unfollowed(second))));

describe('an edge', () => {
  it('is the same for the same events in any order, told once or more often', () => {
    const arriving = histories.chain((history) => fc.tuple(fc.constant(history), arrivals(history)));
    fc.assert(
      fc.property(arriving, ([history, arrived]) => {
        expect(foldAll(arrived as EdgeEvent[])).toEqual(foldAll(history));
      }),
      { numRuns: randomRuns(500) },
    );
  });

  it('follows since the first follow behind the last unfollow', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const behind = history.slice(history.findLastIndex((event) => event.type === 'unfollowed') + 1);
        expect(sinceOf(foldAll(history))).toBe((behind[0] as RecordedEvent<'followed'> | undefined)?.data.followedAt);
      }),
    );
  });

  it('does not start anew at a second follow', () => {
    expect(sinceOf(foldAll([followed(1), followed(2)]))).toBe('at 1');
  });

  it('starts anew at a follow after an unfollow', () => {
    expect(sinceOf(foldAll([followed(1), unfollowed(2), followed(3)]))).toBe('at 3');
  });

  it('is ended by an unfollow that arrives before its follow', () => {
    expect(foldAll([unfollowed(2), followed(1)])?.follows).toEqual([]);
  });

  it('is the same object when an event changes nothing', () => {
    const edge = foldAll([unfollowed(2), followed(3)]);
    for (const late of [unfollowed(2), unfollowed(1), followed(1), followed(3)]) {
      expect(foldFollowEdge(edge, late)).toBe(edge);
    }
  });

  it('keeps few of very many follows: since when, and that it continues after late events', () => {
    const many = Array.from({ length: 1000 }, (_, index) => followed(2 * index + 2));
    for (const arrived of [many, many.toReversed()]) {
      const edge = foldAll(arrived);
      expect(edge?.follows.length).toBeLessThanOrEqual(50);
      expect(sinceOf(edge)).toBe('at 2');
      expect(sinceOf(foldAll([...arrived, unfollowed(1999)]))).toBe('at 2000');
      expect(sinceOf(foldAll([...arrived, unfollowed(2001)]))).toBeUndefined();
    }
  });
});
