import * as z from 'zod';
import { personal } from '../../events/values.ts';
import { yublPosted } from '../../events/yubl-posted.ts';
import { definePastVersion } from '../past-version.ts';

const objectId = z.string().regex(/^[0-9a-f]{24}$/, 'expected an ObjectId: 24 hex digits, lower case');

// The end of the year 9999: later times are not ISO 8601 with four-digit years.
const LAST_MILLISECOND = 253_402_300_799_999;

/** As published by the monolith's first releases: with the author's name, and with the time as text or as milliseconds
 *  since 1970, depending on the release. The name is dropped, because names change and readers join them (decision
 *  0014). Later releases published version 2's shape as version 1, which this schema also reads. */
export const yublPosted1 = definePastVersion({
  type: 'yubl-posted',
  version: 1,
  next: yublPosted,
  data: z.object({
    yublId: objectId.describe('a yubl'),
    authorId: objectId.describe('a user'),
    authorName: personal(z.string().max(200)).exactOptional(),
    text: personal(z.string().max(65_536)),
    postedAt: z.union([z.iso.datetime({ offset: true }), z.int().min(0).max(LAST_MILLISECOND)]),
  }),
  about: { authorName: 'authorId', text: 'authorId' },
  upcast: ({ yublId, authorId, text, postedAt }) => [
    { type: 'yubl-posted', data: { yublId, authorId, text, postedAt: instantOf(postedAt) } },
  ],
});

function instantOf(postedAt: string | number): string {
  return typeof postedAt === 'string' ? postedAt : new Date(postedAt).toISOString();
}
