import { type Holder, swapInFolder } from '../embedded/rebuild-swap.ts';

/** Who makes new files the live ones: the process that holds the folder; this one, for as long as that takes, if nobody does. */
export function folderHolder(folder: string): Holder {
  return swapInFolder(folder);
}
