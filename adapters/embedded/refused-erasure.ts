import { setImmediate } from 'node:timers/promises';
import { foldedSpelling, spellingsOf } from '../../events/reading/spellings.ts';
import type { DurableFile } from './durable-file.ts';
import { forgetLogFact } from './log-facts.ts';
import { type QuarantineRow, saidInRow, selectedColumns } from './quarantine-rows.ts';
import type { RefusalSealing } from './sealed-refusals.ts';
import { wordFinder } from './word-finder.ts';

/** Finds and removes what the quarantine holds about a person, released or not. */
export interface RefusedErasure {
  /** Changes nothing. */
  find(person: RefusedPerson): Promise<FoundRefused>;
  /** Also destroys the keys of those that are sealed, so that no copy of them can be read. Returns how many were removed. */
  remove(ids: readonly number[]): Promise<number>;
}

export interface RefusedPerson {
  readonly userId: string;
  /** What nobody else has said. */
  readonly words: readonly string[];
}

/** Ids of entries. */
export interface FoundRefused {
  /** They name the person or hold words of theirs, in any spelling; or they cannot be read any more. */
  readonly about: readonly number[];
  /** They were cut before it was noted whom they name, and what is left of them says nothing of the person. */
  readonly unsearchable: readonly number[];
}

// While a page is looked through, publishers wait.
const PAGE_ROWS = 50;

export function refusedErasure(file: DurableFile, sealing?: RefusalSealing): RefusedErasure {
  const { database } = file;
  const columns = selectedColumns(database);
  const page = database.prepare(`SELECT ${columns} FROM quarantine WHERE id > ? ORDER BY id LIMIT ${PAGE_ROWS}`);
  const keyOf = database.prepare('SELECT sealed FROM quarantine WHERE id = ?');
  const drop = database.prepare('DELETE FROM quarantine WHERE id = ?');
  const open = (key: string, sealed: string) => {
    if (sealing === undefined)
      throw new Error('the quarantine holds sealed entries, and the erasure was given no keys');
    return sealing.open(key, sealed);
  };

  return {
    async find(person) {
      const isAbout = recognizer(person);
      const found = { about: [] as number[], unsearchable: [] as number[] };
      for (let after = 0; ;) {
        const rows = page.all(after) as unknown as QuarantineRow[];
        for (const row of rows) {
          const said = saidInRow(row, open);
          const noted = row.persons?.includes(person.userId) ?? false;
          if (
            said === undefined ||
            noted ||
            isAbout([said.raw, said.message, said.path, said.correlation, row.origin])
          ) {
            found.about.push(row.id);
          } else if (row.truncated === 1 && row.persons === null) found.unsearchable.push(row.id);
        }
        const last = rows.at(-1);
        if (last === undefined) return found;
        after = last.id;
        await setImmediate();
      }
    },
    async remove(ids) {
      const keys = ids.map((id) => (keyOf.get(id) as { sealed: string | null } | undefined)?.sealed ?? null);
      // First the keys: an entry that is left without one is found by that, and one that is gone would leave its key behind.
      sealing?.destroy(keys.filter((key) => key !== null));
      let removed = 0;
      for (let start = 0; start < ids.length; start += PAGE_ROWS) {
        const some = ids.slice(start, start + PAGE_ROWS);
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

/** Returns what tells whether any of some texts is about a person, however it is spelled. */
function recognizer({ userId, words }: RefusedPerson): (texts: readonly (string | null)[]) => boolean {
  const finder = wordFinder(words.map(foldedSpelling));
  const isAbout = (spelling: string) => {
    const folded = foldedSpelling(spelling);
    if (folded.includes(userId)) return true;
    const found = new Set<number>();
    finder.find(Buffer.from(folded), found);
    return found.size > 0;
  };
  return (texts) => texts.some((text) => text !== null && spellingsOf(text).some(isAbout));
}
