import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { openReadOnlyEngine } from '../../apps/embedded/open-read-only-engine.ts';
import type { EventEnvelope, RecordedEvent } from '../../events/envelope.ts';
import { type Answers, askEngine, type Questions } from '../answers.ts';
import { answerDifferences, everyEvent, soundnessOf } from '../data-snapshot.ts';
import { naiveAnswers } from '../naive-model.ts';
import type { ChaosInput } from './input.ts';

export const projectionNames = ['feed', 'relationships', 'search'] as const;
export type ProjectionName = (typeof projectionNames)[number];

/** Positions of the events that must be parked in a projection. */
export type ParkedModel = (log: readonly RecordedEvent[]) => {
  readonly projection: ProjectionName;
  parked: Set<number>;
};

const FEED_LENGTH = 800;
const nothingParked: ParkedModel = () => ({ projection: 'feed', parked: new Set() });

export interface Expected {
  readonly parked?: ParkedModel;
  /** The log's archive, to which it may have been trimmed. */
  readonly archive?: string;
  /** A damaged file that is no longer used. */
  readonly spoilt?: string;
}

/** Rejects unless a folder without a writer holds exactly what was sent, each key in the order of its way, and every
 *  projection answers as the naive model does and has parked what it must. */
export async function expectWhole(
  folder: string,
  input: ChaosInput,
  { parked: model = nothingParked, archive, spoilt }: Expected = {},
): Promise<void> {
  const engine = await openReadOnlyEngine({ folder, feedLength: FEED_LENGTH });
  try {
    const old = archive === undefined ? [] : archivedIn(archive);
    const events = [...old, ...(await everyEvent(engine, old.at(-1)?.position))];
    const { projection, parked } = model(events);
    const questions = questionsAbout(events);
    const expected = {
      ...naiveAnswers(events, FEED_LENGTH, questions),
      ...(parked.size > 0 && partialAnswers(projection, { events, parked, questions })),
    };
    const found = [
      ...logDifferences(events, input),
      ...statusDifferences(await engine.status(), { head: events.length, projection, parked: parked.size }),
      ...parkedDifferences(folder, projection, parked),
      ...Object.entries(soundnessOf(folder)).flatMap(([file, says]) =>
        file === spoilt || /^\[\{"[^"]*":"ok"\}\]$/.test(says) ? [] : [file + says],
      ),
      ...answerDifferences(expected, await askEngine(engine, questions, 200)),
    ];
    if (found.length > 0) throw new Error(`not as it has to be:\n${found.slice(0, DIFFERENCES_MAX).join('\n')}`);
  } finally {
    await engine.close();
  }
}

const DIFFERENCES_MAX = 10;

/** Read without Figtree. */
function archivedIn(folder: string): RecordedEvent[] {
  const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { files: { name: string }[] };
  const lines = files.flatMap(({ name }) =>
    gunzipSync(readFileSync(join(folder, name)))
      .toString('utf8')
      .trimEnd()
      .split('\n'),
  );
  return lines.map((line) => JSON.parse(line) as RecordedEvent);
}

/** The words of chaos's own events: real texts contain characters that the naive model does not know. */
function questionsAbout(events: readonly EventEnvelope[]): Questions {
  const joined = events.flatMap(({ type, data }) => (type === 'user-joined' ? [data] : []));
  const posted = events.flatMap(({ type, data }) => (type === 'yubl-posted' ? [data] : []));
  return {
    userIds: [
      ...new Set([...joined.map(({ userId }) => userId), ...posted.map(({ authorId }) => authorId)]),
    ].toSorted(),
    yublIds: posted.map(({ yublId }) => yublId).toSorted(),
    names: ['newcomer', 'renamed', 'renamed 1', 'new'],
    words: ['chaos says', 'chaos says 17', 'says chaos 101'],
  };
}

const ANSWERED_BY: Readonly<Record<ProjectionName, readonly (keyof Answers)[]>> = {
  feed: ['feeds', 'yubls', 'yublsOf', 'yublCounts'],
  relationships: ['users', 'followers', 'following', 'followersOfMostFollowed', 'totals'],
  search: ['usersFound', 'yublsFound'],
};

interface Parked {
  readonly events: readonly RecordedEvent[];
  readonly parked: ReadonlySet<number>;
  readonly questions: Questions;
}

/** The answers of a projection without its parked events. */
function partialAnswers(projection: ProjectionName, { events, parked, questions }: Parked): Partial<Answers> {
  const applied = events.filter(({ position }) => !parked.has(position));
  const answers = naiveAnswers(applied, FEED_LENGTH, questions);
  return Object.fromEntries(ANSWERED_BY[projection].map((question) => [question, answers[question]]));
}

function logDifferences(events: readonly RecordedEvent[], input: ChaosInput): string[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  const sent = sentIds(input);
  const everything = Object.values(sent).flat();
  const lost = everything.filter((id) => !byId.has(id));
  const found = [
    ...(lost.length === 0 ? [] : [`${lost.length} events are not in the log: ${lost.slice(0, 3).join(', ')}`]),
    ...(events.length === everything.length ? [] : [`the log holds ${events.length} events of ${everything.length}`]),
    ...(byId.size === events.length ? [] : ['the log holds an event twice']),
  ];
  for (const [way, ids] of Object.entries(sent)) {
    const ofWay = events.filter((event) => input.wayOf(event) === way);
    const asSent = Map.groupBy(ids, (id) => byId.get(id)?.partitionkey);
    for (const [key, inLog] of Map.groupBy(ofWay, ({ partitionkey }) => partitionkey)) {
      const [one, other] = [asSent.get(key) ?? [], inLog.map(({ id }) => id)].map((each) => each.join(' '));
      if (one !== other) found.push(`order of ${key}: ${one} became ${other}`);
    }
  }
  return found;
}

/** Ids of all resulting events, by their way. The lines of the sample are inserts: each becomes one event. */
function sentIds({ imported, posted, queues }: ChaosInput): Record<string, string[]> {
  const ofLine = (line: string) => (JSON.parse(line) as { _id: { _data: string } })['_id']['_data'];
  return {
    imported: imported.map(ofLine),
    posted: posted.map(ofLine),
    events: queues.flat().map(({ id }) => id),
  };
}

type Status = Awaited<ReturnType<Awaited<ReturnType<typeof openReadOnlyEngine>>['status']>>;

function statusDifferences(
  { head, projections, quarantined }: Status,
  expected: { readonly head: number; readonly projection: ProjectionName; readonly parked: number },
): string[] {
  const found = quarantined === 0 && head === expected.head ? [] : [`head ${head}, ${quarantined} in the quarantine`];
  for (const { name, position, parked } of projections) {
    if (position !== head) found.push(`${name} stands at ${position} of ${head}`);
    const waiting = name === expected.projection ? expected.parked : 0;
    if (parked !== waiting) found.push(`${name} has parked ${parked} events, expected ${waiting}`);
  }
  return found;
}

function parkedDifferences(folder: string, projection: ProjectionName, expected: ReadonlySet<number>): string[] {
  const rows = reading(projectionFile(folder, projection), 'SELECT position FROM figtree_parked ORDER BY position');
  const [wanted, found] = [[...expected].toSorted((a, b) => a - b), rows.map((row) => row['position'])];
  if (found.join(' ') === wanted.join(' ')) return [];
  return [`parked in ${projection}: ${wanted.join(' ')} became ${found.join(' ')}`];
}

/** How many events are parked in the file of a projection, even while it is being written. */
export function parkedIn(file: string): number {
  return Number(reading(file, 'SELECT count(*) AS events FROM figtree_parked')[0]?.['events']);
}

function reading(file: string, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** The live file: a different one after a rebuild. */
export function projectionFile(folder: string, projection: ProjectionName): string {
  const pointer = join(folder, 'live.json');
  if (!existsSync(pointer)) return join(folder, `${projection}.db`);
  const files = JSON.parse(readFileSync(pointer, 'utf8')) as Partial<Record<ProjectionName, { live: string }>>;
  return join(folder, files[projection]?.live ?? `${projection}.db`);
}
