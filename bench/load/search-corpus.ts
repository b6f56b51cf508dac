import type { EventEnvelope } from '../../events/envelope.ts';
import { type Sequence, sequenceOf } from '../../events/sequence.ts';
import { buildEvent, NO_CORRELATION } from '../../producers/build-event.ts';
import { seededRandom } from '../../apps/seeded-random.ts';
import { insertedDocuments } from './change-lines.ts';

/** The corpus for search: people with realistic names, and yubls with realistic words. */
export interface SearchCorpus {
  readonly people: readonly Person[];
  readonly yubls: readonly CorpusYubl[];
}

export interface Person {
  readonly userId: string;
  readonly userName: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface CorpusYubl {
  readonly yublId: string;
  readonly authorId: string;
  readonly text: string;
  readonly sequence: Sequence;
}

export interface CorpusSizes {
  readonly people: number;
  readonly yubls: number;
}

/** First and last names of one file in new combinations; texts of the other repeated, each time with a word of another
 *  text in it. The same in every run. */
export async function searchCorpus(files: { names: string; texts: string }, sizes: CorpusSizes): Promise<SearchCorpus> {
  const random = seededRandom(2008);
  const any = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const { firstNames, lastNames } = await readNames(files.names);
  const people = Array.from({ length: sizes.people }, (_, number): Person => {
    const [firstName, lastName] = [any(firstNames), any(lastNames)];
    const userName = any([
      `${firstName}_${lastName}${number}`,
      `${lastName}.${firstName}${number}`,
      `${firstName[0] ?? ''}${lastName}${number}`,
    ]);
    return { userId: objectId(number, random), userName, firstName, lastName };
  });
  const texts = await readTexts(files.texts);
  const yubls = Array.from({ length: sizes.yubls }, (_, number): CorpusYubl => {
    const text = texts[number % texts.length] ?? '';
    const varied = number < texts.length ? text : withOtherWord(text, any(texts), random);
    const { userId: authorId } = any(people);
    return { yublId: objectId(number, random), authorId, text: varied, sequence: sequenceAt(sizes.people + number) };
  });
  return { people, yubls };
}

const BATCH_EVENTS = 2000;

/** The events of the corpus, in batches. */
export function* corpusEvents({ people, yubls }: SearchCorpus): Generator<EventEnvelope[]> {
  for (let from = 0; from < people.length; from += BATCH_EVENTS) {
    yield people.slice(from, from + BATCH_EVENTS).map((person, place) => {
      const sequence = sequenceAt(from + place);
      const data = { ...person, joinedAt: TIME };
      return buildEvent(
        { type: 'user-joined', id: person.userId, source: SOURCE, time: TIME, sequence, data },
        NO_CORRELATION,
      );
    });
  }
  for (let from = 0; from < yubls.length; from += BATCH_EVENTS) {
    yield yubls.slice(from, from + BATCH_EVENTS).map(({ sequence, ...said }) => {
      const data = { ...said, postedAt: TIME };
      return buildEvent(
        { type: 'yubl-posted', id: said.yublId, source: SOURCE, time: TIME, sequence, data },
        NO_CORRELATION,
      );
    });
  }
}

const SOURCE = 'urn:bench';
const TIME = '2016-02-22T07:02:00.000Z';
const FIRST_SECOND = 1_456_124_520;
const EVENTS_PER_SECOND = 10;

function sequenceAt(number: number): Sequence {
  return sequenceOf(FIRST_SECOND + Math.floor(number / EVENTS_PER_SECOND), (number % EVENTS_PER_SECOND) + 1);
}

/** Seconds, then a random part, then a counter. */
function objectId(number: number, random: () => number): string {
  const middle = Math.floor(random() * 2 ** 40);
  const seconds = FIRST_SECOND + Math.floor(number / EVENTS_PER_SECOND);
  return (
    seconds.toString(16) + middle.toString(16).padStart(10, '0') + (number % 2 ** 24).toString(16).padStart(6, '0')
  );
}

async function readNames(path: string): Promise<{ firstNames: string[]; lastNames: string[] }> {
  const firstNames = new Set<string>();
  const lastNames = new Set<string>();
  for await (const { fullDocument } of insertedDocuments(path)) {
    // The users of the shipped sample have only user names.
    const { firstName = fullDocument.userName, lastName = fullDocument.userName } = fullDocument;
    if (firstName !== undefined) firstNames.add(firstName);
    if (lastName !== undefined) lastNames.add(lastName);
  }
  return { firstNames: [...firstNames], lastNames: [...lastNames] };
}

async function readTexts(path: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { fullDocument } of insertedDocuments(path)) {
    if (fullDocument.text !== undefined) texts.push(fullDocument.text);
  }
  return texts;
}

function withOtherWord(text: string, other: string, random: () => number): string {
  const words = text.split(' ');
  const others = other.split(' ');
  words[Math.floor(random() * words.length)] = others[Math.floor(random() * others.length)] ?? '';
  return words.join(' ');
}
