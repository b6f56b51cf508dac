import { foldLog as fold, type Folded, type FoldOptions } from '../../../replay/fold-log.ts';
import { failing } from './failing.ts';

// Replaces replay/fold-log.ts, which every consumer passes through when a rebuild builds in memory.

export function foldLog(options: FoldOptions): Promise<Folded> {
  return fold({ ...options, consumers: failing(options.consumers) });
}
