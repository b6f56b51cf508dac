import * as z from 'zod';
import type { RecordedEvent } from '../../events/envelope.ts';
import { projectionNames } from '../../ports/progress.ts';
import { once, position } from './parameters.ts';

// What the routes of the parking lot take and answer.

export const projectionName = z.enum(projectionNames);

const listed = {
  projection: projectionName,
  position: z.int().openapi({ description: 'Of the event in the log' }),
  key: z.string().openapi({ description: 'Its partition key: later events of it wait behind' }),
  event: z.string().openapi({ description: 'Its id' }),
  consumer: z.string().optional().openapi({ description: 'Which one failed; absent for an event that only waits' }),
  attempts: z.int(),
  code: z.string().optional().openapi({ description: 'What can be compared: the code of the error, or its name' }),
  error: z.string().optional(),
  parkedAt: z.string().openapi({ format: 'date-time', description: 'When it was parked first' }),
  retryAt: z
    .string()
    .optional()
    .openapi({ format: 'date-time', description: 'When it is tried again; absent if it is not by itself' }),
};

const example = {
  projection: 'feed',
  position: 16_712,
  key: '56cab268fd9255c263d2e00e',
  event: 'mobile-api-7f1c',
  consumer: 'distribute-yubl',
  attempts: 6,
  code: 'TypeError',
  error: "TypeError: Cannot read properties of undefined (reading 'length')",
  parkedAt: '2016-02-22T07:02:00.000Z',
};

export const listedParked = z.object(listed).openapi('ListedParkedEvent', { example });

export const shownParked = z
  .object({
    ...listed,
    waiting: z.int().openapi({ description: 'How many events of its key wait behind it' }),
    events: z
      .array(z.custom<RecordedEvent>().openapi({ type: 'object' }))
      .readonly()
      .openapi({ description: 'What was recorded there, in the current version and without personal texts' }),
  })
  .openapi('ParkedEvent', {
    example: { ...example, waiting: 3, events: [{ id: 'mobile-api-7f1c', type: 'yubl-posted', position: 16_712 }] },
  });

/** Exactly one of them but `projection`; the operation says so if it is not. */
export const selection = z.object({
  projection: projectionName.optional().openapi({ description: 'Default: all of them' }),
  position: position.optional().openapi({ type: 'integer', description: 'The one at this position of the log' }),
  event: once().optional().openapi({ description: 'The one of this id' }),
  key: once().optional().openapi({ description: 'All of this partition key' }),
  error: once().optional().openapi({ description: 'Those that failed with this code, or with this in their text' }),
  all: z
    .literal('true')
    .transform(() => true as const)
    .optional()
    .openapi({ type: 'string', enum: ['true'] }),
});

const redriven = {
  keys: z.int().openapi({ description: 'Keys that were selected' }),
  handled: z.int().openapi({ description: 'Events that were handled and left the lot' }),
  failed: z.int().openapi({ description: 'Keys whose next event failed again: it stays in front of them' }),
};

export const redriveReport = z
  .object({ ...redriven, projections: z.array(z.object({ projection: projectionName, ...redriven })).readonly() })
  .openapi('RedriveReport', {
    example: {
      keys: 2,
      handled: 5,
      failed: 1,
      projections: [{ projection: 'feed', keys: 2, handled: 5, failed: 1 }],
    },
  });

export const discardReport = z
  .object({
    discarded: z.int(),
    projections: z.array(z.object({ projection: projectionName, discarded: z.int() })).readonly(),
  })
  .openapi('DiscardReport', { example: { discarded: 1, projections: [{ projection: 'feed', discarded: 1 }] } });

export const resumed = z
  .object({
    paused: z.boolean().openapi({ description: 'Whether it did: otherwise nothing has changed' }),
    upTo: z.int().openapi({ description: 'What fails up to this position is parked' }),
  })
  .openapi('Resumed', { example: { paused: true, upTo: 16_712 } });
