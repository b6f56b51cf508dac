import { foldedSpelling, partsOf, spellingsOf } from '../../../events/reading/spellings.ts';
import { nextTurn } from '../../../resilience/clock.ts';
import { batchesOf } from '../../../resilience/batches.ts';
import type { DurableFile } from '../files/durable-file.ts';
import { forgetLogFact } from '../log/facts.ts';
import { type QuarantineRow, contentOfRow, selectedColumns } from './rows.ts';
import type { RefusalSealing } from '../keys/sealed-refusals.ts';
import { wordFinder } from '../erasure/word-finder.ts';

/** Finds and removes what the quarantine holds about a person, released or not. */
export interface RefusedErasure {
  /** Changes nothing. Searches entries added before it starts and while it runs. */
  find(person: RefusedPerson): Promise<FoundRefused>;
  /** Also destroys the keys of sealed entries, so that no copy of them can be read. Returns how many were removed. */
  remove(ids: readonly number[]): Promise<number>;
}

export interface RefusedPerson {
  readonly userId: string;
  /** Text that only this person wrote. */
  readonly words: readonly string[];
}

/** Ids of entries. */
export interface FoundRefused {
  /** They name the person or contain text of theirs, in any spelling; or they are no longer readable. */
  readonly about: readonly number[];
  /** They were truncated before named persons were recorded, and the rest does not mention the person. */
  readonly unsearchable: readonly number[];
}

// The amount searched in one turn of the event loop, while publishers wait.
const TURN_CHARACTERS = 65_536;
// The cost of an entry without any text.
const ENTRY_CHARACTERS = 256;
const REMOVED_ROWS = 50;

export function refusedErasure(file: DurableFile, sealing?: RefusalSealing): RefusedErasure {
  const { database } = file;
  const columns = selectedColumns(database);
  const next = database.prepare(`SELECT ${columns} FROM quarantine WHERE id > ? ORDER BY id LIMIT 1`);
  const keyOf = database.prepare('SELECT sealed FROM quarantine WHERE id = ?');
  const drop = database.prepare('DELETE FROM quarantine WHERE id = ?');
  const open = (key: string, sealed: string) => {
    if (sealing === undefined)
      throw new Error('the quarantine holds sealed entries, and the erasure was given no keys');
    return sealing.open(key, sealed);
  };

  return {
    async find(person) {
      const look = recognizer(person);
      const found = { about: [] as number[], unsearchable: [] as number[] };
      let looked = 0;
      const takeTurn = async (characters: number) => {
        looked += characters;
        if (looked < TURN_CHARACTERS) return;
        looked = 0;
        await nextTurn();
      };
      const isAbout = async (row: QuarantineRow) => {
        const said = contentOfRow(row, open);
        if (said === undefined || row.persons?.includes(person.userId) === true) return true;
        for (const text of [said.raw, said.message, said.path, said.correlation, row.origin]) {
          for (const part of text === null ? [] : partsOf(text)) {
            const { names, characters } = look(part);
            if (names) return true;
            await takeTurn(characters);
          }
        }
        return false;
      };

      await file.enqueue(() => {});
      for (let after = 0; ;) {
        const row = next.get(after) as QuarantineRow | undefined;
        if (row === undefined) return found;
        if (await isAbout(row)) found.about.push(row.id);
        else if (row.truncated === 1 && row.persons === null) found.unsearchable.push(row.id);
        after = row.id;
        await takeTurn(ENTRY_CHARACTERS);
      }
    },
    async remove(ids) {
      const keys = ids.map((id) => (keyOf.get(id) as { sealed: string | null } | undefined)?.sealed ?? null);
      // Keys first: an entry left without a key is found by that, whereas a removed entry would leave its key behind.
      sealing?.destroy(keys.filter((key) => key !== null));
      let removed = 0;
      for (const some of batchesOf(ids, { countMax: REMOVED_ROWS })) {
        removed += await file.enqueue(() => {
          // To be counted again by the next addition.
          forgetLogFact(database, 'quarantine-bytes');
          return some.reduce((sum, id) => sum + Number(drop.run(id).changes), 0);
        });
      }
      return removed;
    },
  };
}

/** Returns a function that tells whether a text names a person or contains text of theirs, in any spelling, and how
 *  many characters all its spellings have. */
function recognizer({ userId, words }: RefusedPerson): (text: string) => { names: boolean; characters: number } {
  const folded = words.map(foldedSpelling);
  const finder = wordFinder([...folded, ...folded.flatMap(unreadLatin1)]);
  const isAbout = (spelling: string) => {
    const text = foldedSpelling(spelling);
    if (text.includes(userId)) return true;
    const found = new Set<number>();
    finder.find(Buffer.from(text), found);
    return found.size > 0;
  };
  return (text) => {
    const spellings = spellingsOf(text);
    return { names: spellings.some(isAbout), characters: spellings.reduce((sum, { length }) => sum + length, 0) };
  };
}

// The rest of a word must be long enough not to match other persons by chance.
const READ_CHARACTERS_MIN = 6;

/** A word sent in Latin-1 and decoded as UTF-8. */
function unreadLatin1(word: string): readonly string[] {
  if (!/[\x80-\xff]/.test(word) || /[^\0-\xff]/.test(word)) return [];
  const read = word.replaceAll(/[\x80-\xff]/g, '');
  return read.length < READ_CHARACTERS_MIN ? [] : [word.replaceAll(/[\x80-\xff]/g, '\ufffd')];
}
