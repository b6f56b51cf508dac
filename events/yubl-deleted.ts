import * as z from 'zod';
import { defineEvent } from './define-event.ts';
import { yublId } from './values.ts';

/** A yubl was deleted. It names no author, because a change stream's delete carries only the document's key. */
export const yublDeleted = defineEvent({
  type: 'yubl-deleted',
  version: 1,
  owner: 'feed',
  summary: 'A yubl was deleted.',
  data: z.object({ yublId }),
  subject: (data) => data.yublId,
  partitionKey: (data) => data.yublId,
  examples: [{ yublId: '56cab2686d8e7e14910889c1' }],
});
