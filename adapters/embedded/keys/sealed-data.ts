import { dataschemaOf, type EventEnvelope } from '../../../events/envelope.ts';
import { ERASED, type PersonFields } from '../../../events/person-field.ts';
import type { PersonKeyReader, PersonKeys } from '../../../ports/person-keys.ts';
import { changeTexts, type TextChange } from './field-changes.ts';
import { openPersonKeyReader, personKeysPath } from './person-keys.ts';
import { type RefusalSealing, refusalSealing } from './sealed-refusals.ts';
import { isSealed, NOT_SEALED, SEAL_PREFIX } from './sealed-text.ts';

/** Converts the data in a row of the log to what readers see: sealed texts are unsealed, and text about an erased
 *  person becomes ERASED, sealed or not. */
export interface DataOpening {
  /** Learns which persons were erased. Called before a page is read. */
  catchUp(): void;
  /** Whether the stored data may differ from the original. */
  changes(text: string): boolean;
  /** `text` is the stored data. */
  open(type: string, version: number, text: string): unknown;
  close(): void;
}

/** The writer's side: the stored form of an event's data. */
export interface DataSealing extends DataOpening {
  encode(event: EventEnvelope): string;
  /** Called within the commit that stores the encoded data. Throws if it must not be stored. */
  beforeCommit(): void;
  /** Whether a row, in any form, has the content of the event. Texts of an erased person cannot be compared any
   *  longer. */
  says(stored: StoredData, event: EventEnvelope): boolean;
  /** Stored data with ERASED in place of all personal text: independent of the seal, and without personal content. */
  impersonal(dataschema: string, text: string): string;
  /** For refused input; absent if nothing is ever sealed. */
  readonly refusals?: RefusalSealing;
}

export interface StoredData {
  readonly version: number;
  readonly data: string;
}

/** For a reader of the log beside its writer. */
export function dataOpening(logPath: string, fields: PersonFields): DataOpening {
  return openingWith(openPersonKeyReader(personKeysPath(logPath)), fields);
}

export interface SealingOptions {
  readonly keys: PersonKeys;
  readonly fields: PersonFields;
  /** Whether new events are sealed. If not, they are plain; sealed ones are unsealed all the same. */
  readonly seals: boolean;
}

export function dataSealing({ keys, fields, seals }: SealingOptions): DataSealing {
  const toPlain = (text: string, person: string) => {
    if (keys.isDestroyed(person)) return ERASED;
    return text.startsWith(SEAL_PREFIX) ? NOT_SEALED + text : text;
  };
  const toErased = (text: string, person: string) => (keys.isDestroyed(person) ? ERASED : text);
  const opening = openingWith(keys, fields);
  return {
    ...opening,
    encode({ type, dataschema, data }) {
      const about = fields[dataschema] ?? [];
      if (about.length === 0) return JSON.stringify(data);
      if (seals) {
        const toSealed = (said: string, person: string, field: string) =>
          keys.seal(person, said, placeOf(type, field)) ?? ERASED;
        return JSON.stringify(changeTexts(data, about, toSealed));
      }
      const text = JSON.stringify(data);
      if (!keys.anyDestroyed() && !looksSealed(text)) return text;
      return JSON.stringify(changeTexts(data, about, toPlain));
    },
    beforeCommit: () => keys.save(),
    refusals: refusalSealing(keys, seals),
    impersonal(dataschema, text) {
      const about = fields[dataschema] ?? [];
      return about.length === 0 ? text : JSON.stringify(changeTexts(JSON.parse(text), about, () => ERASED));
    },
    says({ version, data }, event) {
      const text = JSON.stringify(event.data);
      if (data === text) return true;
      const about = fields[event.dataschema] ?? [];
      const now = keys.anyDestroyed() ? JSON.stringify(changeTexts(event.data, about, toErased)) : text;
      return JSON.stringify(opening.open(event.type, version, data)) === now;
    },
  };
}

function openingWith(keys: PersonKeyReader, fields: PersonFields): DataOpening {
  // A text sealed twice, because two fields cover it, is unsealed from the outside in.
  const outermostFirst = Object.fromEntries(
    Object.entries(fields).map(([dataschema, about]) => [dataschema, about.toReversed()]),
  );
  function toOpen(type: string): TextChange {
    return (text, person, field) => {
      if (keys.isDestroyed(person)) return ERASED;
      if (isSealed(text)) return keys.open(person, text, placeOf(type, field)) ?? ERASED;
      return text.startsWith(NOT_SEALED) ? text.slice(NOT_SEALED.length) : text;
    };
  }
  const changes = (text: string) => keys.anyDestroyed() || looksSealed(text);
  return {
    catchUp: () => keys.catchUp(),
    changes,
    open(type, version, text) {
      const data: unknown = JSON.parse(text);
      if (!changes(text)) return data;
      const about = outermostFirst[dataschemaOf(type, version)] ?? [];
      return about.length === 0 ? data : changeTexts(data, about, toOpen(type));
    },
    close: () => keys.close(),
  };
}

/** The binding of a text, by properties that are the same when it is unsealed: type and field as stored, before any
 *  upcaster renames or moves them. Neither position nor id: restored data is copied, and imported data is sealed
 *  anew. */
function placeOf(type: string, field: string): string {
  return `${type} ${field}`;
}

// Hyphens are rarer than quotes, so this search takes a fifth of the time.
const SEAL_PREFIX_END = SEAL_PREFIX.slice(SEAL_PREFIX.indexOf('-'));

/** Whether any text in it may begin like a sealed one. */
function looksSealed(json: string): boolean {
  return json.includes(SEAL_PREFIX_END) && json.includes(`"${SEAL_PREFIX}`);
}

/** For logs without seals, such as those of tests. Throws at a sealed text, which a reader would take for the
 *  original. */
export const plainData: DataSealing = {
  catchUp() {},
  changes: looksSealed,
  open(type, _version, text) {
    if (looksSealed(text)) throw new Error(`${type} holds sealed texts, and its reader was given no keys`);
    return JSON.parse(text);
  },
  close() {},
  encode: ({ data }) => JSON.stringify(data),
  beforeCommit() {},
  impersonal: (_dataschema, text) => text,
  says: ({ data }, event) => data === JSON.stringify(event.data),
};
