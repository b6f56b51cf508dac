import type { SwapHolder } from '../../engine/rebuild/rebuilds.ts';
import { withOperations } from './operate.ts';

/** Makes new files live: in the process that holds the folder, or in this one, meanwhile holding it, if no other
 *  does. */
export const folderHolder: SwapHolder = {
  swap: (request) => withOperations((operations) => operations.swap(request)),
  rollback: (request) => withOperations((operations) => operations.rollback(request)),
};
