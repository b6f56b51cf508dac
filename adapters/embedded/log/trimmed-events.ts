import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { defined } from '../../../events/defined.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { hasTable, readLogFact } from './facts.ts';

// What a log keeps of events that it no longer holds, so that none is accepted again: name and content, as digests, and
// position. 16 bytes of a SHA-256 identify an event (among 10^12 of them, the chance of a collision is 10^-15); 8 tell
// whether another one of the same name has the same content.
const TRIMMED_EVENTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS trimmed_event (
    name BLOB PRIMARY KEY, position INTEGER NOT NULL, content BLOB NOT NULL) WITHOUT ROWID`;
const NAME_BYTES = 16;
const CONTENT_BYTES = 8;

// A Figtree that does not know trimmed events would accept them again, so it is refused from the first one on.
const TRIMMED_LOG_FORMAT = 2;

export interface NamedEvent {
  readonly id: string;
  readonly source: string;
}

/** The content of an event without its personal text: `data` is impersonal (sealed-data.ts). So a trimmed event is told
 *  from another one of its name by everything else. */
export interface EventContent {
  readonly type: string;
  readonly key: string;
  readonly subject: string | null;
  readonly data: string;
}

export interface TrimmedEvents {
  /** The position of an event with this name, and whether it had the same content. Undefined if none was trimmed. */
  find(
    event: NamedEvent,
    content: () => EventContent,
  ): { readonly position: number; readonly same: boolean } | undefined;
  /** Within a transaction. */
  put(position: number, event: NamedEvent, content: EventContent): void;
  /** Findings about the file may have been rolled back. */
  forget(): void;
}

/** As long as nothing was trimmed, there is no lookup and no table. */
export function trimmedEvents(database: DatabaseSync): TrimmedEvents {
  let statements: ReturnType<typeof prepare> | undefined;
  const forget = () => void (statements = hasTable(database, 'trimmed_event') ? prepare() : undefined);
  function prepare() {
    return {
      find: database.prepare('SELECT position, content FROM trimmed_event WHERE name = ?'),
      put: database.prepare('INSERT INTO trimmed_event VALUES (?, ?, ?)'),
    };
  }
  function make() {
    database.exec(`${TRIMMED_EVENTS_SCHEMA}; PRAGMA user_version = ${TRIMMED_LOG_FORMAT}`);
    return (statements = prepare());
  }
  forget();
  return {
    forget,
    find(event, content) {
      if (statements === undefined) return undefined;
      const row = statements.find.get(digestOfName(event)) as { position: number; content: Uint8Array } | undefined;
      if (row === undefined) return undefined;
      return { position: row.position, same: digestOfContent(content()).equals(row.content) };
    },
    put(position, event, content) {
      const { put } = statements ?? make();
      put.run(digestOfName(event), position, digestOfContent(content));
    },
  };
}

function digestOfName({ id, source }: NamedEvent): Buffer {
  return hash('sha256', JSON.stringify([source, id]), 'buffer').subarray(0, NAME_BYTES);
}

function digestOfContent({ type, key, subject, data }: EventContent): Buffer {
  return hash('sha256', JSON.stringify([type, key, subject, data]), 'buffer').subarray(0, CONTENT_BYTES);
}

/** Returns a function that throws EVENTS_ARCHIVED if a part of what is read was trimmed. Events are trimmed from the
 *  start of the log, so a page read after `after` is complete if the first present event is not beyond it. */
export function trimGuard(database: DatabaseSync): (query: { readonly after: number }, upTo: number) => void {
  const first = database.prepare('SELECT min(position) AS first FROM event');
  return ({ after }, upTo) => {
    const { first: position } = first.get() as { first: number | null };
    if (position !== null && position > after + 1 && after < upTo) throw eventsArchived(database, position);
  };
}

/** The error for readers that ask for trimmed events. */
export function eventsArchived(database: DatabaseSync, first: number): FigtreeError {
  const archive = readLogFact(database, 'archive');
  return new FigtreeError('EVENTS_ARCHIVED', `The log begins at position ${first}: earlier events are in its archive`, {
    first,
    ...defined({ archive }),
  });
}
