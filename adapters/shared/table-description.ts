import { FigtreeError } from '../../events/errors.ts';
import type { DescribedTables } from '../../ports/row-store.ts';

/** Throws SCHEMA_INVALID if the rows that are stored were written with other definitions of their tables. */
export function requireSameTables({ projection, description }: DescribedTables, stored: readonly string[]): void {
  const changes = [
    ...stored.filter((line) => !description.includes(line)).map((line) => `no longer ${line}`),
    ...description.filter((line) => !stored.includes(line)).map((line) => `now ${line}`),
  ];
  if (changes.length === 0) return;
  const message = `projection ${projection}: its tables have changed, but not its version: ${changes.join('; ')}`;
  throw new FigtreeError('SCHEMA_INVALID', `${message}. Raise its version and rebuild it`);
}
