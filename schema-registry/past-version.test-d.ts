import { expectTypeOf } from 'vitest';
import * as z from 'zod';
import type { EventData } from '../events/catalog.ts';
import { yublPosted } from '../events/yubl-posted.ts';
import { definePastVersion, type PastVersion } from './past-version.ts';
import { yublPosted1 } from './past/yubl-posted-1.ts';

// Never run: `npm run types` compiles this file, and fails if a line marked as an error compiles.

const data = z.object({ yublId: z.string(), author: z.string(), words: z.string().optional() });
const at = '2016-02-22T07:02:00.000Z';

// A step receives the data of its own version, and returns that of the next.
export const second = definePastVersion({
  type: 'yubl-posted',
  version: 2,
  next: yublPosted,
  data,
  upcast: (old) => {
    expectTypeOf(old).toEqualTypeOf<{ yublId: string; author: string; words?: string | undefined }>();
    // @ts-expect-error -- the old version had no such field
    const { postedAt = at } = old;
    return [
      {
        type: 'yubl-posted',
        data: { yublId: old.yublId, authorId: old.author, text: old.words ?? '', postedAt: String(postedAt) },
      },
    ];
  },
});

// The next version may itself be past: then its data counts, not the catalog's.
export const first = definePastVersion({
  type: 'yubl-posted',
  version: 1,
  next: second,
  data: z.object({ id: z.string() }),
  upcast: ({ id }) => [{ type: 'yubl-posted', data: { yublId: id, author: id } }],
});

const step = { type: 'yubl-posted', version: 1, next: yublPosted, data } as const;
const whole: EventData<'yubl-posted'> = { yublId: '1', authorId: '2', text: '', postedAt: at };

export const wrong = [
  // @ts-expect-error -- a field is missing
  definePastVersion({ ...step, upcast: () => [{ type: 'yubl-posted', data: { yublId: '1', text: '' } }] }),
  // @ts-expect-error -- a field has another type
  definePastVersion({ ...step, upcast: () => [{ type: 'yubl-posted', data: { ...whole, postedAt: 5 } }] }),
  // @ts-expect-error -- an optional field of the old version is required in the next
  definePastVersion({ ...step, upcast: ({ words }) => [{ type: 'yubl-posted', data: { ...whole, text: words } }] }),
  // @ts-expect-error -- nothing says that it may become this event
  definePastVersion({ ...step, upcast: () => [{ type: 'yubl-deleted', data: { yublId: '1' } }] }),
  // @ts-expect-error -- that event has other data
  definePastVersion({ ...step, becomes: ['user-left'], upcast: () => [{ type: 'user-left', data: { yublId: '1' } }] }),
  // @ts-expect-error -- one event is not a list of them
  definePastVersion({ ...step, upcast: () => ({ type: 'yubl-posted', data: whole }) }),
  // @ts-expect-error -- the next version is of another event
  definePastVersion({ ...step, type: 'yubl-deleted', upcast: () => [] }),
  // @ts-expect-error -- no such event
  definePastVersion({ ...step, type: 'yubl-edited', upcast: () => [] }),
];

// None, several, and other events.
export const right: PastVersion[] = [
  definePastVersion({ ...step, upcast: () => [] }),
  definePastVersion({
    ...step,
    becomes: ['yubl-deleted'],
    upcast: ({ yublId }) => [
      { type: 'yubl-posted', data: whole },
      { type: 'yubl-deleted', data: { yublId } },
    ],
  }),
  yublPosted1,
];
