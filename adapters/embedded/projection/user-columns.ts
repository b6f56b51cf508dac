import { defined } from '../../../events/defined.ts';
import type { Sequenced, UserRecord } from '../../../ports/user-record.ts';

// The columns of a UserRecord: each field beside the sequence of the event that set it. A NULL sequence means that
// nothing is known of the field; a NULL name with a sequence, that the user has none.

export const USER_COLUMNS = `
  joined_at TEXT, joined_at_sequence TEXT, user_name TEXT, user_name_sequence TEXT,
  first_name TEXT, first_name_sequence TEXT, last_name TEXT, last_name_sequence TEXT`;

export interface UserColumns {
  readonly joined_at: string | null;
  readonly joined_at_sequence: string | null;
  readonly user_name: string | null;
  readonly user_name_sequence: string | null;
  readonly first_name: string | null;
  readonly first_name_sequence: string | null;
  readonly last_name: string | null;
  readonly last_name_sequence: string | null;
}

/** In the order of USER_COLUMNS. */
export function userValues({ joinedAt, userName, firstName, lastName }: UserRecord): (string | null)[] {
  return [joinedAt, userName, firstName, lastName].flatMap((field) => [field?.value ?? null, field?.sequence ?? null]);
}

export function userRecordOf(userId: string, row: UserColumns): UserRecord {
  const joinedAt = known(row.joined_at, row.joined_at_sequence);
  const userName = known(row.user_name, row.user_name_sequence);
  const firstName = sequenced(row.first_name, row.first_name_sequence);
  const lastName = sequenced(row.last_name, row.last_name_sequence);
  return {
    userId,
    ...defined({ joinedAt, userName, firstName, lastName }),
  };
}

function known(value: string | null, sequence: string | null): Sequenced<string> | undefined {
  return value === null ? undefined : sequenced(value, sequence);
}

function sequenced<Value>(value: Value, sequence: string | null): Sequenced<Value> | undefined {
  return sequence === null ? undefined : { value, sequence };
}
