import { randomBytes } from 'node:crypto';
import type { PersonKeys } from '../../../ports/person-keys.ts';

/** Seals refused input. It may be about any number of persons, so each entry has its own key, which is destroyed with
 *  it: from then on the entry is unreadable in every copy of the log and in every archive. */
export interface RefusalSealing {
  /** Whether new entries are sealed. Sealed ones are unsealed all the same. */
  readonly seals: boolean;
  /** The name of an unused key. */
  newKey(): string;
  seal(key: string, text: string): string;
  /** Called within the commit that stores the sealed entry. Throws if it must not be stored. */
  beforeCommit(): void;
  /** Undefined if the key was destroyed. */
  open: OpenRefusal;
  destroy(keys: readonly string[]): void;
}

export type OpenRefusal = (key: string, sealed: string) => string | undefined;

const KEY_PREFIX = 'refused-';
const PLACE = 'quarantine';

// A row restored from a foreign archive may name any key, and a person's key must not be destroyed with it.
function isKeyName(name: string): boolean {
  return name.startsWith(KEY_PREFIX) && /^[0-9a-f]{32}$/.test(name.slice(KEY_PREFIX.length));
}

/** These keys are stored among those of persons, which have no such names. */
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
