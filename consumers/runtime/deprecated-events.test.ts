import { expect, test } from 'vitest';
import type { Deprecation } from '../../events/define-event.ts';
import type { Consumer, Note } from './consumer.ts';
import { warnOfDeprecatedEvents } from './deprecated-events.ts';

const consumers: Consumer[] = [
  { name: 'a', on: { 'user-left': () => {}, followed: () => {} } },
  { name: 'b', on: { 'user-left': () => {} } },
];

function warningsOf(deprecations: Record<string, Deprecation>) {
  const lines: [Note, string][] = [];
  const refuse = () => expect.unreachable();
  const logger = {
    debug: refuse,
    info: refuse,
    error: refuse,
    warn: (...line: [Note, string]) => void lines.push(line),
  };
  warnOfDeprecatedEvents(consumers, logger, deprecations);
  return lines;
}

test('a deprecated event is reported with its end and its replacement, once for all consumers', () => {
  const deprecation = { sunset: '2027-06-30', replacedBy: 'user-profile-updated' };
  expect(warningsOf({ 'user-left': deprecation })).toEqual([
    [
      { type: 'user-left', consumers: ['a', 'b'], ...deprecation },
      'user-left is deprecated and will be published until 2027-06-30, subscribe to user-profile-updated instead',
    ],
  ]);
  expect(warningsOf({ followed: { sunset: '2027-06-30' } })).toEqual([
    [
      { type: 'followed', consumers: ['a'], sunset: '2027-06-30' },
      'followed is deprecated and will be published until 2027-06-30',
    ],
  ]);
});

test('events that are not deprecated, or not subscribed to, are not reported', () => {
  expect(warningsOf({ unfollowed: { sunset: '2027-06-30' } })).toEqual([]);
  expect(warningsOf({})).toEqual([]);
});
