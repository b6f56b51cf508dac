import type { Sequence } from '../events/sequence.ts';
import type { Stored } from './stored.ts';

/** Hands a yubl on to the feeds of its author's followers, one message per batch of followers. On AWS it is SNS and SQS;
 *  embedded, the message is handled in the transaction of the event that caused it. */
export interface FanOut {
  /** Resolves, or returns, once the message will be handled at least once. */
  send(message: FanOutMessage): Stored<void>;
}

export interface FanOutMessage {
  readonly yubl: FannedOutYubl;
  readonly followers: FollowerBatch;
}

export interface FannedOutYubl {
  readonly yublId: string;
  readonly authorId: string;
  readonly sequence: Sequence;
}

/** Some of an author's followers, in the terms of the store that gave it: only that store looks inside. A store whose fan-out
 *  leaves the process gives one that survives being written as JSON. */
export interface FollowerBatch {
  readonly size: number;
}
