import type { ProjectionName, Status } from '../ports/progress.ts';
import type { SwapRequest, SwapResult } from './swap.ts';
import type { ParkedOperations } from './parked-operations.ts';
import type { TrimArgument, TrimOutcome } from './trim.ts';
import type { ErasureReport, ErasureRequest } from './erasure.ts';

/** What an operator asks of the process that holds the data folder. Every operation takes one argument and gives one result,
 *  both plain JSON, so that another process asks for it through the control socket as if it were the holder. */
export interface Operations extends ParkedOperations {
  /** As the holder sees it: it knows what no file says, such as since when a projection pauses. */
  status(): Promise<Status>;
  /** Makes other files the live versions, all at once. SWAP_REFUSED, SWAP_RUNNING, or why it could not be done: then
   *  everything is as it was. */
  swap(request: SwapRequest): Promise<SwapResult>;
  /** Makes the versions before the last swap the live ones again. */
  rollback(request: { readonly projections: readonly ProjectionName[] }): Promise<SwapResult>;
  /** Removes from the log what the next file of an archive holds and every projection has applied. */
  trim(argument: TrimArgument): Promise<TrimOutcome>;
  /** Makes what is said about a person unreadable, has the projections forget them, and looks whether anything is left. */
  erase(request: ErasureRequest): Promise<ErasureReport>;
}
