import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { instant, userId, yublId, yublText } from './values.ts';

/** A user posted a yubl. Raised once per yubl; a correction is yubl-deleted and a new yubl, never an edit.
 *  Version 1 carried the author's name; since version 2 readers join it, because names change (decision 0014). */
export const yublPosted = defineEvent({
  type: 'yubl-posted',
  version: 2,
  owner: 'feed',
  summary: 'A user posted a yubl.',
  reserved: ['authorName'],
  data: z.object({ yublId, authorId: userId, text: yublText, postedAt: instant }),
  about: { text: 'authorId' },
  subject: (data) => data.yublId,
  partitionKey: (data) => data.yublId,
  examples: [
    {
      yublId: '56cab2686d8e7e14910889c1',
      authorId: '56cab268fd9255c263d2e00e',
      text: 'thats right #irc',
      postedAt: '2016-02-22T07:02:00.000Z',
    },
  ],
});
