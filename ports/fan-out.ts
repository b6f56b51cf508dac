import type { Sequence } from '../events/sequence.ts';
import type { Stored } from './stored.ts';

/** Delivers a yubl to the feeds of its author's followers, one message per batch of followers. On AWS it is SNS and
 *  SQS; embedded, the message is handled in the transaction of the event that caused it. */
export interface FanOut {
  /** Resolves, or returns, once the message is sure to be handled at least once. */
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

/** Some of an author's followers, in a form that only the store that made it can read. A store whose fan-out leaves the
 *  process uses one that survives serialization to JSON. */
export interface FollowerBatch {
  readonly size: number;
}
