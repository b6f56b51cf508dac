import { expectTypeOf } from 'vitest';
import * as z from 'zod';
import type { EventEnvelope, RecordedEvent } from './envelope.ts';
import type { EventData, EventType } from './catalog.ts';
import { catalog } from './catalog.ts';
import { defineEvent } from './define-event.ts';
import type { Handler, Handlers } from '../consumers/runtime/consumer.ts';

// Never run: `npm run types` compiles this file, and fails if a line marked as an error compiles.

interface YublPosted {
  yublId: string;
  authorId: string;
  text: string;
  postedAt: string;
}

// The type of an event's data is the output of its schema.
expectTypeOf<EventData<'yubl-posted'>>().toEqualTypeOf<YublPosted>();
expectTypeOf<EventData<'user-left'>>().toEqualTypeOf<{ userId: string }>();
expectTypeOf<EventData<'user-joined'>['firstName']>().toEqualTypeOf<string | undefined>();
expectTypeOf<EventData<'user-profile-updated'>['lastName']>().toEqualTypeOf<string | null | undefined>();
expectTypeOf<keyof typeof catalog>().toEqualTypeOf<EventType>();

// A handler of an event gets its data typed.
const handlers: Handlers = {
  'yubl-posted': ({ type, data }) => {
    expectTypeOf(type).toEqualTypeOf<'yubl-posted'>();
    expectTypeOf(data).toEqualTypeOf<YublPosted>();
    // @ts-expect-error -- a yubl that was posted names no follower
    return { follower: data.followerId };
  },
  followed: async ({ data, position, recordedtime }) => {
    expectTypeOf(data.followerId).toEqualTypeOf<string>();
    expectTypeOf(position).toEqualTypeOf<number | undefined>();
    expectTypeOf(recordedtime).toEqualTypeOf<string>();
  },
};

// An event that is not in the catalog does not compile.
const unknown: Handlers = {
  ...handlers,
  // @ts-expect-error -- no such event
  'yubl-edited': () => undefined,
};
// @ts-expect-error -- no such event
type NoData = EventData<'yubl-edited'>;
// @ts-expect-error -- no such event
type NoHandler = Handler<'yubl-edited'>;
// @ts-expect-error -- no such event
const noType: EventType = 'yubl-edited';
// @ts-expect-error -- the monolith's old name is an alias at the door and not an event
const alias: EventType = 'new-user-joined';

// A handler of one event does not accept another's.
const handlesLeft: Handler<'user-left'> = ({ data }) => ({ user: data.userId });
// @ts-expect-error -- user-left and yubl-deleted have different data
const wrong: Handlers = { 'yubl-deleted': handlesLeft };

// Comparing the type narrows the data.
export function textOf(event: EventEnvelope): string {
  // @ts-expect-error -- not every event has a text
  const early: string = event.data.text;
  if (event.type === 'yubl-posted') return event.data.text;
  if (event.type === 'followed' || event.type === 'unfollowed') {
    // @ts-expect-error -- only a follow has its time
    return event.data.followedAt;
  }
  if (event.type === 'user-left') expectTypeOf(event.data).toEqualTypeOf<{ userId: string }>();
  else {
    type Others = 'user-joined' | 'user-profile-updated' | 'yubl-deleted' | 'notifications-read';
    expectTypeOf(event.type).toEqualTypeOf<Others>();
  }
  return early;
}

// An envelope holds the data of its own type, and cannot be changed.
export function envelopes(event: RecordedEvent<'user-left'>): EventEnvelope[] {
  // @ts-expect-error -- what has happened stays as it was
  event.position = 2;
  // @ts-expect-error -- data of another event
  const mixed: EventEnvelope = { ...event, type: 'yubl-deleted' as const };
  return [event, mixed];
}

// A definition knows the type of its own data.
export const definition = defineEvent({
  type: 'sample',
  version: 1,
  owner: 'nobody',
  summary: 'A sample.',
  data: z.object({ count: z.number() }),
  subject: (data) => {
    expectTypeOf(data).toEqualTypeOf<{ count: number }>();
    return String(data.count);
  },
  // @ts-expect-error -- there is no such field
  partitionKey: (data) => data.name,
  // @ts-expect-error -- an example has the shape of the data
  examples: [{ count: 'one' }],
});
expectTypeOf(definition.type).toEqualTypeOf<'sample'>();

export type { NoData, NoHandler };
export { alias, noType, unknown, wrong };
