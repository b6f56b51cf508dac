import { DatabaseSync } from 'node:sqlite';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadOnlyEngine } from '../engine/engine.ts';
import { openReadOnlyEngine } from '../apps/embedded/open-read-only-engine.ts';
import type { EventEnvelope, RecordedEvent } from '../events/envelope.ts';
import { type Answers, askEngine, type Questions } from './answers.ts';

/** The whole content of a data folder, in a form in which two folders can be compared. */
export interface DataSnapshot {
  /** The content of each event, by source and id. */
  readonly events: Readonly<Record<string, string>>;
  /** Ids of the events of each key that arrived by the same way, in order. */
  readonly order: Readonly<Record<string, readonly string[]>>;
  readonly answers: Answers;
  readonly status: Readonly<Record<string, unknown>>;
  /** SQLite's integrity check of each file. */
  readonly soundness: Readonly<Record<string, string>>;
}

const PAGE_EVENTS = 10_000;

/** The folder must have no writer. */
export async function takeSnapshot(folder: string, wayOf: (event: EventEnvelope) => string): Promise<DataSnapshot> {
  const engine = await openReadOnlyEngine({ folder, feedLength: 800 });
  try {
    const events = await everyEvent(engine);
    const { head, projections, quarantined } = await engine.status();
    const positions = projections.map(({ name, position, parked }) => [name, { position, parked }] as const);
    return {
      events: Object.fromEntries(events.map((event) => [nameOf(event), contentOf(event)])),
      order: orderOf(events, wayOf),
      answers: await askEngine(engine, questionsAbout(events), 200),
      status: { head, events: events.length, quarantined, ...Object.fromEntries(positions) },
      soundness: soundnessOf(folder),
    };
  } finally {
    await engine.close();
  }
}

/** The whole log, in order, or the part after a position. */
export async function everyEvent({ log }: Pick<ReadOnlyEngine, 'log'>, behind = 0): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after = behind; ;) {
    const page = await log.read({ after, limit: PAGE_EVENTS });
    events.push(...page.events);
    if (page.position === after) return events;
    after = page.position;
  }
}

const nameOf = ({ source, id }: EventEnvelope) => `${source} ${id}`;

function contentOf({ type, time, dataschema, subject, partitionkey, sequence, data }: EventEnvelope): string {
  return JSON.stringify({ type, time, dataschema, subject, partitionkey, sequence, data });
}

function orderOf(events: readonly EventEnvelope[], wayOf: (event: EventEnvelope) => string): Record<string, string[]> {
  const byKey = Map.groupBy(events, (event) => `${event.partitionkey} ${wayOf(event)}`);
  return Object.fromEntries([...byKey].map(([key, ofKey]) => [key, ofKey.map(({ id }) => id)]));
}

const EVERY_NTH_NAME = 40;
const EVERY_NTH_TEXT = 200;

function questionsAbout(events: readonly EventEnvelope[]): Questions {
  const joined = events.flatMap(({ type, data }) => (type === 'user-joined' ? [data] : []));
  const posted = events.flatMap(({ type, data }) => (type === 'yubl-posted' ? [data] : []));
  const sorted = (ids: readonly string[]) => [...new Set(ids)].toSorted();
  const everyNth = (texts: readonly string[], nth: number) => sorted(texts).filter((_, index) => index % nth === 0);
  return {
    userIds: sorted([...joined.map(({ userId }) => userId), ...posted.map(({ authorId }) => authorId)]),
    yublIds: sorted(posted.map(({ yublId }) => yublId)),
    names: everyNth(
      joined.map(({ userName }) => userName.slice(0, 3)),
      EVERY_NTH_NAME,
    ),
    words: everyNth(
      posted.map(({ text }) => text.split(' ').slice(0, 2).join(' ')),
      EVERY_NTH_TEXT,
    ),
  };
}

/** SQLite's integrity check of each file of a folder, as JSON. */
export function soundnessOf(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.db'));
  return Object.fromEntries(files.map((name) => [name, soundnessOfFile(join(folder, name))]));
}

function soundnessOfFile(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return JSON.stringify(database.prepare('PRAGMA integrity_check').all());
  } finally {
    database.close();
  }
}

const DIFFERENCES_MAX = 10;

/** Where the second one differs from the first, in words; the first few places. */
export function differences(expected: DataSnapshot, actual: DataSnapshot): string[] {
  const parts = ['status', 'soundness', 'events', 'order'] as const;
  const found = parts.flatMap((part) => differencesIn(part, expected[part], actual[part]));
  found.push(...answerDifferences(expected.answers, actual.answers));
  return found.slice(0, DIFFERENCES_MAX);
}

export function answerDifferences(expected: Answers, actual: Answers): string[] {
  const questions = Object.keys(expected) as (keyof Answers)[];
  return questions.flatMap((question) => differencesIn(question, expected[question], actual[question]));
}

function differencesIn(part: string, expected: object, actual: object): string[] {
  const [before, after] = [new Map(Object.entries(expected)), new Map(Object.entries(actual))];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [one, other] = [before, after].map((values) => JSON.stringify(values.get(name)) ?? 'nothing');
    return one === other ? [] : [`${part} ${name}: ${one?.slice(0, 300)} became ${other?.slice(0, 300)}`];
  });
}
