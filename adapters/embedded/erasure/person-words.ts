import type { RecordedEvent } from '../../../events/envelope.ts';
import { ERASED, type PersonFields } from '../../../events/person-field.ts';
import { changeTexts } from '../keys/field-changes.ts';
import { openLogWithArchive } from '../archive/log-with-archive.ts';
import { dataOpening } from '../keys/sealed-data.ts';
import { WORD_BYTES_MIN, wordFinder } from './word-finder.ts';

/** A log's text about a person, and the words by which it is found again elsewhere. */
export interface PersonWords {
  /** Events that name them in any way. */
  readonly events: number;
  /** The position of their `user-left`; undefined if there is none. */
  readonly leftAt: number | undefined;
  /** Their names and texts. */
  readonly texts: number;
  /** Pieces that only this person wrote. */
  readonly words: readonly string[];
}

// A long text is scattered over pages of a file; its pieces are not, or few of them.
const PIECE_CHARACTERS = 40;
const PIECES_MAX = 8;
const WORDS_MAX = 200_000;
const PAGE_EVENTS = 1000;

/** Reads all that the log has ever held, twice; trimmed events are read from its archive. */
export async function collectPersonWords(logPath: string, person: string, fields: PersonFields): Promise<PersonWords> {
  const texts = new Set<string>();
  let events = 0;
  let leftAt: number | undefined;
  await eachText(logPath, fields, {
    event({ type, partitionkey, position, data }) {
      if (JSON.stringify(data).includes(person)) events += 1;
      if (type === 'user-left' && partitionkey === person) leftAt ??= position;
    },
    text: (text, whose) => void (whose === person && text !== ERASED && texts.add(text)),
  });
  const pieces = [...new Set([...texts].flatMap(piecesOf))].slice(0, WORDS_MAX);
  return { events, leftAt, texts: texts.size, words: pieces.length > 0 ? await uniqueToPerson(pieces) : pieces };

  // Another user called Alexander is not a trace of this one.
  async function uniqueToPerson(words: readonly string[]): Promise<readonly string[]> {
    const finder = wordFinder(words);
    const others = new Set<number>();
    await eachText(logPath, fields, {
      event() {},
      text(text, whose) {
        if (whose === person) return;
        for (const form of formsOf(text)) finder.find(Buffer.from(form), others);
      },
    });
    return words.filter((_word, number) => !others.has(number));
  }
}

interface Listener {
  event(event: RecordedEvent): void;
  text(text: string, whose: string): void;
}

/** From the log and from its archive. */
async function eachText(logPath: string, fields: PersonFields, listener: Listener): Promise<void> {
  const log = openLogWithArchive({ logPath, opening: dataOpening(logPath, fields) });
  try {
    const head = await log.head();
    for (let after = 0; after < head;) {
      const { events, position } = await log.read({ after, upTo: head, limit: PAGE_EVENTS });
      for (const event of events) {
        listener.event(event);
        const { dataschema, data } = event;
        const about = fields[dataschema] ?? [];
        changeTexts(data, about, (text, whose) => {
          listener.text(text, whose);
          return text;
        });
      }
      after = position;
    }
  } finally {
    await log.close();
  }
}

/** The forms in which it may be in a file: verbatim, within JSON, and folded for search; with accents composed and
 *  decomposed; and with non-ASCII characters escaped, as in many JSON encoders and in all URLs. */
function formsOf(text: string): string[] {
  const forms = new Set([text, JSON.stringify(text).slice(1, -1), text.toLowerCase()]);
  if (!NOT_ASCII.test(text)) return [...forms];
  for (const form of [...forms, text.normalize('NFC'), text.normalize('NFD')]) {
    forms.add(form);
    forms.add(form.replace(EACH_NOT_ASCII, (unit) => `\\u${hexOf(unit)}`));
    forms.add(form.replace(EACH_NOT_ASCII, (unit) => `\\u${hexOf(unit).toUpperCase()}`));
  }
  if (text.isWellFormed()) forms.add(encodeURIComponent(text));
  return [...forms];
}

// By code units, as JSON escapes them: two for a character beyond the BMP.
const NOT_ASCII = /[^\0-\x7f]/;
const EACH_NOT_ASCII = /[^\0-\x7f]/g;

function hexOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}

function piecesOf(text: string): string[] {
  return formsOf(text)
    .flatMap((form) => {
      const count = Math.min(PIECES_MAX, Math.max(1, Math.floor(form.length / PIECE_CHARACTERS)));
      return Array.from({ length: count }, (_, at) => form.slice(at * PIECE_CHARACTERS, (at + 1) * PIECE_CHARACTERS));
    })
    .filter((piece) => piece.isWellFormed() && piece.length >= WORD_BYTES_MIN);
}
