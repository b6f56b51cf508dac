import type { Sequence } from '../events/sequence.ts';

/** What is known of a user, field by field with the sequence of the event that set it, so that an event which arrives
 *  late does not undo a newer one. He is a user once `joinedAt` is there: until then only changes of him have arrived. */
export interface UserRecord {
  readonly userId: string;
  /** ISO 8601. */
  readonly joinedAt?: Sequenced<string>;
  readonly userName?: Sequenced<string>;
  /** null: he has none. */
  readonly firstName?: Sequenced<string | null>;
  readonly lastName?: Sequenced<string | null>;
}

export interface Sequenced<Value> {
  readonly value: Value;
  readonly sequence: Sequence;
}
