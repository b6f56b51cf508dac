import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { instant, userId, yublId, yublText } from './values.ts';

/** A user posted a yubl. Raised once per yubl; a correction is yubl-deleted and a new yubl, never an edit. */
export const yublPosted = defineEvent({
  type: 'yubl-posted',
  version: 1,
  owner: 'feed',
  summary: 'A user posted a yubl.',
  data: z.object({ yublId, authorId: userId, text: yublText, postedAt: instant }),
  subject: (data) => data.yublId,
  partitionKey: (data) => data.yublId,
  examples: [
    {
      yublId: '56cab2686d8e7e14910889c1',
      authorId: '56cab268fd9255c263d2e00e',
      text: 'thats right',
      postedAt: '2016-02-22T07:02:00.000Z',
    },
  ],
});
