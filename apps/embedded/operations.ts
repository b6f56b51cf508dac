import type { Status } from '../../ports/progress.ts';
import type { TrimArgument, TrimOutcome } from './trim.ts';

/** What an operator asks of the process that holds the data folder. Every operation takes one argument and gives one result,
 *  both plain JSON, so that another process asks for it through the control socket as if it were the holder. */
export interface Operations {
  /** As the holder sees it: it knows what no file says, such as since when a projection pauses. */
  status(): Promise<Status>;
  /** Removes from the log what the next file of an archive holds and every projection has applied. */
  trim(argument: TrimArgument): Promise<TrimOutcome>;
}
