import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { openEmbeddedEngine } from '../apps/embedded/open-engine.ts';
import type { ProjectionSettings } from '../apps/embedded/projection.ts';
import { openLogger } from '../apps/logger.ts';
import { seededRandom } from '../apps/seeded-random.ts';
import type { RecordedEvent } from '../events/envelope.ts';
import { askEngine, type Questions } from './answers.ts';
import { naiveAnswers } from './naive-model.ts';

const PEOPLE = 12;
const hex = (kind: number, number: number) => (kind * 1_000_000 + number).toString(16).padStart(24, '0');
const userIdOf = (number: number) => hex(1, number);
const yublIdOf = (number: number) => hex(2, number);
const WORDS = ['good', 'night', 'morning', 'ada', 'bob'];

export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** With its log lines, without those of its threads. */
export async function openWithLines(
  folder: string,
  settings: ProjectionSettings,
): Promise<{ engine: Engine; lines: LogLine[] }> {
  const lines: LogLine[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as LogLine);
  const logger = openLogger({ level: 'info', destination: { write } });
  const threadLogs = { level: 'silent', destination: 2 } as const;
  return { engine: await openEmbeddedEngine({ folder, ...settings, logger, threadLogs }), lines };
}

/** Numbers below `below`, determined by a seed. */
export function seeded(seed: number): (below: number) => number {
  const random = seededRandom(seed);
  return (below) => Math.floor(random() * below);
}

/** Users who follow, unfollow, post and delete, as texts for the door. A yubl's last word is unique. A load that
 *  continues another states the number of yubls, or more. */
export function createHappenings(random: (below: number) => number, yublsBefore = 0) {
  let yubls = yublsBefore;
  let joined = yublsBefore > 0 ? PEOPLE : 0;
  const item = (type: string, data: object) =>
    JSON.stringify({ specversion: '1.0', id: randomUUID(), source: 'urn:test', type, data });

  function next(): string {
    if (joined < PEOPLE) {
      const userId = userIdOf(joined);
      joined += 1;
      return item('user-joined', { userId, userName: `Ada${joined}`, joinedAt: '2016-02-22T07:02:00.000Z' });
    }
    const [who, other] = [random(PEOPLE), random(PEOPLE)];
    const kind = random(20);
    if (kind < 5 && who !== other) {
      const follow = {
        relationshipId: hex(3, who * PEOPLE + other),
        followerId: userIdOf(who),
        followeeId: userIdOf(other),
      };
      return kind < 4
        ? item('followed', { ...follow, followedAt: '2016-02-22T07:02:00.000Z' })
        : item('unfollowed', follow);
    }
    if (kind < 6 && yubls > 0) return item('yubl-deleted', { yublId: yublIdOf(random(yubls)) });
    return yubl(who).text;
  }

  function yubl(author: number) {
    const yublId = yublIdOf(yubls);
    const word = `word${yubls}`;
    yubls += 1;
    const text = `${WORDS[random(WORDS.length)]} ${WORDS[random(WORDS.length)]} ${word}`;
    const data = { yublId, authorId: userIdOf(author), text, postedAt: '2016-02-22T07:02:00.000Z' };
    return { yublId, word, text: item('yubl-posted', data) };
  }

  return {
    next,
    /** By one of the users. */
    yubl: () => yubl(random(PEOPLE)),
    /** The questions about all this. */
    questions: (): Questions => ({
      userIds: Array.from({ length: PEOPLE }, (_, number) => userIdOf(number)),
      yublIds: Array.from({ length: Math.min(yubls, 200) }, (_, number) => yublIdOf(yubls - 1 - number)),
      names: ['ada', 'ada1', 'x'],
      words: [...WORDS, 'good night', 'absent'],
    }),
  };
}

export async function take(engine: Engine, texts: readonly string[]): Promise<number> {
  const items = texts.map((text) => ({ text }));
  const { position, quarantined } = await engine.ingest.take(items, { door: 'events', origin: 'test' });
  if (quarantined > 0) throw new Error('the test has made something that is not valid');
  return position;
}

/** The whole log. */
export async function everything(engine: Engine): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (;;) {
    const page = await engine.log.read({ after: events.at(-1)?.position ?? 0, limit: 1000 });
    if (page.events.length === 0) return events;
    events.push(...page.events);
  }
}

/** Rejects if a projection has not applied all that the log holds within a minute. */
export async function caughtUp(engine: Engine): Promise<void> {
  const head = await engine.log.head();
  const { projections } = await engine.status();
  for (const { name } of projections) expect(await engine.progress.reached(name, head, 60_000)).toBe(true);
}

/** Asked about everything that has happened, once it is applied. */
export async function expectAnswersOfTheModel(
  engine: Engine,
  happenings: ReturnType<typeof createHappenings>,
  feedLength: number,
): Promise<void> {
  await caughtUp(engine);
  const questions = happenings.questions();
  const expected = naiveAnswers(await everything(engine), feedLength, questions);
  expect(await askEngine(engine, questions)).toEqual(expected);
}
