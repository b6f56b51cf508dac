import type { SwapHolder } from '../../engine/rebuild/rebuilds.ts';
import { withOperations } from './operate.ts';

/** Who makes new files the live ones: the process that holds the folder; this one, for as long as that takes, if nobody does. */
export const folderHolder: SwapHolder = {
  swap: (request) => withOperations((operations) => operations.swap(request)),
  rollback: (request) => withOperations((operations) => operations.rollback(request)),
};
