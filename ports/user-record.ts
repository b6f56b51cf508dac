import type { Sequence } from '../events/sequence.ts';

/** What is known of a user, field by field with the sequence of the event that set it, so that a late event does not
 *  undo a newer one. Until `joinedAt` is set the person is no user yet: only changes of them have arrived. */
export interface UserRecord {
  readonly userId: string;
  /** ISO 8601. */
  readonly joinedAt?: Sequenced<string>;
  readonly userName?: Sequenced<string>;
  /** null: the user has none. */
  readonly firstName?: Sequenced<string | null>;
  readonly lastName?: Sequenced<string | null>;
}

export interface Sequenced<Value> {
  readonly value: Value;
  readonly sequence: Sequence;
}
