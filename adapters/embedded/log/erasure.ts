import { dataschemaOf } from '../../../events/envelope.ts';
import { ERASED, type PersonField, type PersonFields } from '../../../events/person-field.ts';
import { nextTurn } from '../../../resilience/clock.ts';
import type { DurableFile } from '../files/durable-file.ts';
import { readEventNames } from './event-rows.ts';
import { changeTexts } from '../keys/field-changes.ts';
import { type RefusedErasure, refusedErasure } from '../quarantine/erasure.ts';
import type { RefusalSealing } from '../keys/sealed-refusals.ts';
import { isSealed } from '../keys/sealed-text.ts';

/** The changes of an erasure to the log's file itself. It overwrites with zeros. */
export interface LogErasure {
  /** Writes ERASED over unsealed text about a person. Returns the number of changed events. */
  overwritePlain(person: string): Promise<number>;
  /** Refused input about the person. */
  readonly refused: RefusedErasure;
}

// Publishers wait while a stretch of this length is searched.
const STRETCH_EVENTS = 10_000;

export function logErasure(file: DurableFile, fields: PersonFields, sealing?: RefusalSealing): LogErasure {
  const { database } = file;
  // Nothing of trimmed events stays in free pages either. Appending removes nothing, so it costs nothing there.
  database.exec('PRAGMA secure_delete = ON');
  const head = database.prepare('SELECT coalesce(max(position), 0) AS head FROM event');
  const naming = database.prepare(
    `SELECT position, type, version, data FROM event
     WHERE position > ? AND position <= ? AND instr(data, ?) > 0 ORDER BY position`,
  );
  const rewrite = database.prepare('UPDATE event SET data = ? WHERE position = ?');

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
      // Text encoded before the person's key was destroyed may be waiting for its commit, unsealed.
      await file.enqueue(() => {});
      for (let after = 0; after < (head.get() as { head: number }).head; after += STRETCH_EVENTS) {
        const changes = overwrittenIn(after, person);
        if (changes.length > 0)
          await file.enqueue(() => {
            for (const change of changes) rewrite.run(...change);
          });
        rows += changes.length;
        await nextTurn();
      }
      return rows;
    },
    refused: refusedErasure(file, sealing),
  };
}

interface Row {
  readonly position: number;
  readonly type: number;
  readonly version: number;
  readonly data: string;
}

/** Stored event data with ERASED in place of unsealed text about the person; the identical text if there was none. */
export function overwritten(text: string, about: readonly PersonField[], person: string): string {
  let found = false;
  const data = changeTexts(JSON.parse(text), about, (said, whose) => {
    if (whose !== person || said === ERASED || isSealed(said)) return said;
    found = true;
    return ERASED;
  });
  return found ? JSON.stringify(data) : text;
}
