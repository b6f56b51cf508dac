import type { HandledEvent } from '../../events/envelope.ts';
import { type PersonalPaths, textsAt } from '../../schema-registry/event-facts.ts';
import type { Log, Note } from './consumer.ts';

// Notes and errors of a consumer are written to logs and traces, and may contain a name or a text of the event that is
// being handled, in any field and within any sentence. These are found by comparison.

const REDACTED = '[redacted]';

export interface PersonalWords {
  /** The same details without the event's personal texts. */
  outOfNote(details: Note, event: HandledEvent): Note;
  outOfText(words: string, event: HandledEvent): string;
  /** The same error, or a copy without the event's personal texts if it contains any. */
  outOfError(error: unknown, event: HandledEvent): unknown;
  /** A log for handlers that removes the personal texts of the event that is being handled. */
  outOfLog(current: () => HandledEvent | undefined, log: Log): Log;
}

export function personalWords(paths: PersonalPaths): PersonalWords {
  // An event of an unknown version has other fields, but it is refused before any handler sees it.
  const textsOf = ({ type, data }: HandledEvent) => textsAt(paths[type] ?? [], data);
  const outOfText = (words: string, event: HandledEvent) => cleanedText(words, textsOf(event));
  const outOfNote = (details: Note, event: HandledEvent) =>
    Object.values(details).some(maySay) ? (cleaned(details, textsOf(event)) as Note) : details;
  return {
    outOfNote,
    outOfText,
    outOfError(error, event) {
      if (!(error instanceof Error)) return typeof error === 'string' ? outOfText(error, event) : error;
      const texts = textsOf(event);
      const [message, stack] = [cleanedText(error.message, texts), cleanedText(error.stack ?? '', texts)];
      if (message === error.message && stack === (error.stack ?? '')) return error;
      return Object.assign(new Error(message), { name: error.name, stack });
    },
    outOfLog(current, log) {
      const cleaning = (level: keyof Log) => (details: Note, message: string) => {
        const event = current();
        if (event === undefined) log[level](details, message);
        else log[level](outOfNote(details, event), outOfText(message, event));
      };
      return { debug: cleaning('debug'), info: cleaning('info'), warn: cleaning('warn'), error: cleaning('error') };
    },
  };
}

// Most notes are counts.
function maySay(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

function cleaned(value: unknown, texts: readonly string[]): unknown {
  if (typeof value === 'string') return cleanedText(value, texts);
  if (value instanceof Error || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => cleaned(each, texts));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, cleaned(each, texts)]));
}

function cleanedText(words: string, texts: readonly string[]): string {
  return texts.reduce((left, text) => (left === text ? REDACTED : withoutText(left, text)), words);
}

// Only whole words: an id that begins with a name stays intact.
function withoutText(words: string, text: string): string {
  let cleanWords = '';
  let from = 0;
  for (let at = words.indexOf(text); at >= 0; at = words.indexOf(text, at + 1)) {
    if (at < from || isWordPart(words[at - 1]) || isWordPart(words[at + text.length])) continue;
    cleanWords += words.slice(from, at) + REDACTED;
    from = at + text.length;
  }
  return cleanWords + words.slice(from);
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
