import { randomBytes } from 'node:crypto';
import type { PersonKeys } from '../../../ports/person-keys.ts';

/** Seals what was refused at the doors. It may be about anybody or about several persons, so each entry has a key of its own,
 *  which is destroyed with it: in every copy of the log and in every archive the entry is unreadable from then on. */
export interface RefusalSealing {
  /** Whether new entries are sealed. Those which are sealed are opened all the same. */
  readonly seals: boolean;
  /** The name of a key that nothing was sealed with. */
  newKey(): string;
  seal(key: string, text: string): string;
  /** Called within the commit that keeps what was sealed. Throws if that must not be kept. */
  beforeCommit(): void;
  /** Undefined if the key was destroyed. */
  open: OpenRefusal;
  destroy(keys: readonly string[]): void;
}

export type OpenRefusal = (key: string, sealed: string) => string | undefined;

const KEY_PREFIX = 'refused-';
const PLACE = 'quarantine';

// A row that was restored from somebody's archive may name anything, and a person's key is not to go with it.
function isKeyName(name: string): boolean {
  return name.startsWith(KEY_PREFIX) && /^[0-9a-f]{32}$/.test(name.slice(KEY_PREFIX.length));
}

/** The keys lie among those of persons, which have no such names. */
export function refusalSealing(keys: PersonKeys, seals: boolean): RefusalSealing {
  return {
    seals,
    newKey: () => KEY_PREFIX + randomBytes(16).toString('hex'),
    seal: (key, text) => keys.seal(key, text, PLACE) ?? '',
    beforeCommit: () => keys.save(),
    open: openingRefusals(keys),
    destroy: (names) => keys.destroy(...names.filter(isKeyName)),
  };
}

export function openingRefusals(keys: Pick<PersonKeys, 'open'>): OpenRefusal {
  return (key, sealed) => (isKeyName(key) ? keys.open(key, sealed, PLACE) : undefined);
}
