import type { ProjectionName, Status } from '../ports/progress.ts';
import type { SwapRequest, SwapResult } from './swap.ts';
import type { ParkedOperations } from './parked-operations.ts';
import type { TrimArgument, TrimOutcome } from './trim.ts';
import type { ErasureReport, ErasureRequest } from './erasure.ts';

/** Operators' requests to the process that holds the data folder. Every operation has one argument and one result, both
 *  plain JSON, so that other processes can call it through the control socket. */
export interface Operations extends ParkedOperations {
  /** The holder's view, which includes what is in no file, such as since when a projection is paused. */
  status(): Promise<Status>;
  /** Makes other files the live versions, all at once. Rejects with SWAP_REFUSED, SWAP_RUNNING, or the reason why it
   *  failed: then nothing has changed. */
  swap(request: SwapRequest): Promise<SwapResult>;
  /** Makes the versions before the last swap live again. */
  rollback(request: { readonly projections: readonly ProjectionName[] }): Promise<SwapResult>;
  /** Removes from the log what the next file of an archive holds and every projection has applied. */
  trim(argument: TrimArgument): Promise<TrimOutcome>;
  /** Makes what is said about a person unreadable, has the projections forget them, and searches for leftovers. */
  erase(request: ErasureRequest): Promise<ErasureReport>;
}
