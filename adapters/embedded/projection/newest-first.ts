import type { YublCursor } from '../../../ports/feed-reader.ts';

/** The order of yubls in every list: newest first by sequence, ties by the highest id. */
export function compareNewestFirst(a: YublCursor, b: YublCursor): number {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? -1 : 1;
  if (a.yublId !== b.yublId) return a.yublId > b.yublId ? -1 : 1;
  return 0;
}
