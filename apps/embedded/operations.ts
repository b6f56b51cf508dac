import type { ErasureReport, ErasureRequest } from './erasure.ts';
import type { Status } from '../../ports/progress.ts';

/** What an operator asks of the process that holds the data folder. Every operation takes one argument and gives one result,
 *  both plain JSON, so that another process asks for it through the control socket as if it were the holder. */
export interface Operations {
  /** As the holder sees it: it knows what no file says, such as since when a projection pauses. */
  status(): Promise<Status>;
  /** Makes what is said about a person unreadable, has the projections forget him, and looks whether anything is left. */
  erase(request: ErasureRequest): Promise<ErasureReport>;
}
