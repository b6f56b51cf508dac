import * as z from 'zod';
import type { RecordedEvent } from '../../events/envelope.ts';
import { cursorCodec } from './cursor.ts';
import { projectionNames } from '../projections/registry.ts';
import { once, position } from './parameters.ts';

// Requests and responses of the parking lot's routes.

export const projectionName = z.enum(projectionNames);

export const parkedCursor = cursorCodec('parked', { projection: projectionName, position: z.int().min(0) });

const listed = {
  projection: projectionName,
  position: z.int().openapi({ description: 'Position of the event in the log' }),
  key: z.string().openapi({ description: 'Partition key of the event; later events of the same key wait behind it' }),
  event: z.string().openapi({ description: 'ID of the event' }),
  consumer: z
    .string()
    .optional()
    .openapi({ description: 'Consumer that failed; absent for an event that only waits behind another' }),
  attempts: z.int().openapi({ description: 'Number of attempts so far' }),
  code: z.string().optional().openapi({ description: 'Code of the error, or else its name, for programs to compare' }),
  error: z.string().optional().openapi({ description: 'Text of the error' }),
  parkedAt: z.string().openapi({ format: 'date-time', description: 'When the event was first parked' }),
  retryAt: z
    .string()
    .optional()
    .openapi({ format: 'date-time', description: 'When the event is retried automatically; absent if it is not' }),
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
    waiting: z.int().openapi({ description: 'Number of events of the same key that wait behind it' }),
    events: z
      .array(z.custom<RecordedEvent>().openapi({ type: 'object' }))
      .readonly()
      .openapi({ description: 'The event as recorded, in the current version and without personal texts' }),
  })
  .openapi('ParkedEvent', {
    example: { ...example, waiting: 3, events: [{ id: 'mobile-api-7f1c', type: 'yubl-posted', position: 16_712 }] },
  });

/** Exactly one of them besides `projection`; the operation validates that. */
export const selection = z.object({
  projection: projectionName
    .optional()
    .openapi({ description: 'Select events of this projection only (default: all projections)' }),
  position: position
    .optional()
    .openapi({ type: 'integer', description: 'Select the event at this position of the log' }),
  event: once().optional().openapi({ description: 'Select the event with this ID' }),
  key: once().optional().openapi({ description: 'Select all events with this partition key' }),
  error: once()
    .optional()
    .openapi({ description: 'Select events that failed with this code, or with an error that contains this text' }),
  all: z
    .literal('true')
    .transform(() => true as const)
    .optional()
    .openapi({ type: 'string', enum: ['true'], description: 'Select all parked events' }),
});

const redriven = {
  keys: z.int().openapi({ description: 'Number of selected keys' }),
  handled: z.int().openapi({ description: 'Number of events that were handled and are no longer parked' }),
  failed: z.int().openapi({
    description:
      'Number of keys whose next event failed again and stays parked, with the later events of the key behind it',
  }),
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
    discarded: z.int().openapi({ description: 'Number of discarded events' }),
    projections: z.array(z.object({ projection: projectionName, discarded: z.int() })).readonly(),
  })
  .openapi('DiscardReport', { example: { discarded: 1, projections: [{ projection: 'feed', discarded: 1 }] } });

export const resumed = z
  .object({
    paused: z.boolean().openapi({ description: 'Whether the projection was paused; if not, nothing has changed' }),
    upTo: z.int().openapi({ description: 'Events that fail up to this position are parked' }),
  })
  .openapi('Resumed', { example: { paused: true, upTo: 16_712 } });
