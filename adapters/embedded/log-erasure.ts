import { setImmediate } from 'node:timers/promises';
import { dataschemaOf } from '../../events/envelope.ts';
import { ERASED, type PersonField, type PersonFields } from '../../events/person-field.ts';
import type { DurableFile } from './durable-file.ts';
import { readEventNames } from './event-rows.ts';
import { changeTexts } from './field-changes.ts';
import { SEALED } from './sealed-text.ts';

/** What an erasure changes in the log's file itself. Each gives how many rows it was, and leaves zeros where it wrote. */
export interface LogErasure {
  /** Writes ERASED over what was said about a person and is not sealed. */
  overwritePlain(person: string): Promise<number>;
  /** How many of those that were refused name the person. */
  refused(person: string): number;
  /** Removes what was refused at the doors and names the person. */
  removeRefused(person: string): Promise<number>;
}

// While such a stretch is looked through, the publishers wait.
const STRETCH_EVENTS = 10_000;

export function logErasure(file: DurableFile, fields: PersonFields): LogErasure {
  const { database } = file;
  // Of what is trimmed nothing is left in free pages either. Appending removes nothing, so it costs it nothing.
  database.exec('PRAGMA secure_delete = ON');
  const head = database.prepare('SELECT coalesce(max(position), 0) AS head FROM event');
  const naming = database.prepare(
    `SELECT position, type, version, data FROM event
     WHERE position > ? AND position <= ? AND instr(data, ?) > 0 ORDER BY position`,
  );
  const rewrite = database.prepare('UPDATE event SET data = ? WHERE position = ?');
  const refused = 'FROM quarantine WHERE instr(raw, ?1) > 0 OR instr(message, ?1) > 0 OR instr(path, ?1) > 0';
  const countRefused = database.prepare(`SELECT count(*) AS rows ${refused}`);
  const dropRefused = database.prepare(`DELETE ${refused}`);

  function overwrittenIn(after: number, person: string): [data: string, position: number][] {
    const names = readEventNames(database);
    const rows = naming.all(after, after + STRETCH_EVENTS, person) as unknown as Row[];
    return rows.flatMap(({ position, type, version, data }) => {
      const about = fields[dataschemaOf(names.nameOf(type), version)] ?? [];
      const now = overwritten(data, about, person);
      return now === data ? [] : [[now, position]];
    });
  }

  return {
    async overwritePlain(person) {
      let rows = 0;
      // What was encoded before the person's key was destroyed may be waiting for its commit, in plain.
      await file.enqueue(() => {});
      for (let after = 0; after < (head.get() as { head: number }).head; after += STRETCH_EVENTS) {
        const changes = overwrittenIn(after, person);
        if (changes.length > 0)
          await file.enqueue(() => {
            for (const change of changes) rewrite.run(...change);
          });
        rows += changes.length;
        await setImmediate();
      }
      return rows;
    },
    refused: (person) => (countRefused.get(person) as { rows: number }).rows,
    removeRefused: (person) => file.enqueue(() => Number(dropRefused.run(person).changes)),
  };
}

interface Row {
  readonly position: number;
  readonly type: number;
  readonly version: number;
  readonly data: string;
}

/** An event's data as it is stored, with ERASED where plain texts about the person were; the very text again if there were
 *  none. */
export function overwritten(text: string, about: readonly PersonField[], person: string): string {
  let found = false;
  const data = changeTexts(JSON.parse(text), about, (said, whose) => {
    if (whose !== person || said === ERASED || said.startsWith(SEALED)) return said;
    found = true;
    return ERASED;
  });
  return found ? JSON.stringify(data) : text;
}
