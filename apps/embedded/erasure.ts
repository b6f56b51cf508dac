import { existsSync } from 'node:fs';
import type { LogErasure } from '../../adapters/embedded/log-erasure.ts';
import type { EmbeddedPersonKeys } from '../../adapters/embedded/person-keys.ts';
import type { SearchedFile } from '../../adapters/embedded/word-search.ts';
import { FigtreeError } from '../../events/errors.ts';
import type { PersonFields } from '../../events/person-field.ts';
import { userId as userIdSchema } from '../../events/values.ts';
import type { EventLogReader } from '../../ports/event-log.ts';
import { type Progress, type ProjectionName, projectionNames } from '../../ports/progress.ts';
import type { Ingest } from '../../producers/ingest.ts';
import { eraseInArchives } from './erasure-archives.ts';
import { openRebuildFiles } from './rebuild-files.ts';
import { collectWords, scrubFiles, searchFiles } from './erasure-work.ts';

export interface ErasureRequest {
  readonly userId: string;
  /** A folder to be searched beside the data folder. */
  readonly archive?: string;
  /** Says what there is, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface ErasureReport {
  readonly userId: string;
  readonly dryRun: boolean;
  /** Events that name him, and his names and texts in them. */
  readonly events: number;
  readonly texts: number;
  /** Whether his key was destroyed before, so that nobody could collect what to look for. */
  readonly erasedBefore: boolean;
  /** Where `user-left` stands; undefined as long as nobody has said that he left. */
  readonly leftAt?: number;
  /** Events in which his words stood in plain, in the log and in archives, and were written over. */
  readonly overwritten: number;
  /** Entries of the quarantine that named him, and were removed. */
  readonly unquarantined: number;
  /** Pieces of his names and texts that were looked for, which nobody else has said. */
  readonly words: number;
  /** Every file that was searched, and how many of those words it holds. */
  readonly places: readonly SearchedFile[];
  readonly removed: readonly string[];
  /** Whether no file holds any of them. */
  readonly clean: boolean;
}

export interface ErasureParts {
  readonly folder: { readonly path: string; readonly log: string; projection(name: ProjectionName): string };
  readonly keys: EmbeddedPersonKeys;
  readonly fields: PersonFields;
  readonly log: EventLogReader;
  readonly erasure: LogErasure;
  readonly ingest: Ingest;
  readonly progress: Progress;
  /** Removes the versions of projections that are kept to go back to, and gives their paths. */
  readonly forgetPrevious: () => Promise<string[]>;
}

/** Erases persons one after the other. Whatever ends it, the same call goes on. */
export function createErasure(parts: ErasureParts): (request: ErasureRequest) => Promise<ErasureReport> {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const erased = last.then(() => besideNoRebuild(parts, request));
    last = erased.catch(() => {});
    return erased;
  };
}

/** REBUILD_RUNNING while there is one: it may have read his words already, and would write them into a file that is not there
 *  yet to be searched. */
async function besideNoRebuild(parts: ErasureParts, request: ErasureRequest): Promise<ErasureReport> {
  if (request.dryRun) return erase(parts, request);
  const release = openRebuildFiles(parts.folder.path).lock(projectionNames);
  try {
    return await erase(parts, request);
  } finally {
    release();
  }
}

async function erase(parts: ErasureParts, { userId, archive, dryRun = false }: ErasureRequest): Promise<ErasureReport> {
  const { folder, keys, fields, erasure } = parts;
  requireUserId(userId);
  if (archive !== undefined && !existsSync(archive))
    throw new FigtreeError('FILE_UNREADABLE', `${archive} is not there`, { path: archive });
  const erasedBefore = keys.isDestroyed(userId);
  const found = await collectWords({ logPath: folder.log, person: userId, fields });
  if (found.events === 0) throw new FigtreeError('NOT_FOUND', `No event names the user ${userId}`, { userId });
  const leftBefore = await leftAt(parts, userId);
  const facts = { userId, dryRun, events: found.events, texts: found.texts, erasedBefore };
  if (dryRun) {
    const left = leftBefore === undefined ? {} : { leftAt: leftBefore };
    return { ...facts, ...left, overwritten: 0, unquarantined: 0, words: found.words.length, ...NOTHING_SEARCHED };
  }
  // An erasure that was killed after the key was destroyed has left here what to look for.
  const words = [...new Set([...(keys.wordsOf(userId) ?? []), ...found.words])];
  keys.rememberWords(userId, words);
  const left = leftBefore ?? (await sayThatHeLeft(parts, userId));
  keys.destroy(userId);
  const inLog = await erasure.overwritePlain(userId);
  const unquarantined = await erasure.removeRefused(userId);
  const archives = await eraseInArchives({ folder: folder.path, userId, fields, named: archive });
  const overwritten = inLog + archives.overwritten;
  await waitForProjections(parts, left);
  const removed = await parts.forgetPrevious();
  const projections = projectionNames.map((name) => ({ name, path: folder.projection(name) }));
  await scrubFiles({ projections, logPath: folder.log });
  const places = [
    ...(await searchEverywhere(parts, { userId, words, archives: archives.folders })),
    ...archives.missing.map((path) => ({ path, words: 0, unreadable: 'the archive is not there' })),
  ];
  const clean = places.every((place) => place.words === 0 && place.unreadable === undefined);
  return { ...facts, leftAt: left, overwritten, unquarantined, words: words.length, places, removed, clean };
}

const NOTHING_SEARCHED = { places: [], removed: [], clean: false };

function requireUserId(userId: unknown): void {
  if (userIdSchema.safeParse(userId).success) return;
  throw new FigtreeError('REQUEST_INVALID', 'USER_ID must be 24 hex digits, lower case', { path: 'userId' });
}

async function leftAt({ log }: ErasureParts, userId: string): Promise<number | undefined> {
  const head = await log.head();
  for (let after = 0; after < head;) {
    const { events, position } = await log.read({ after, limit: 1, types: ['user-left'], key: userId });
    if (events[0] !== undefined) return events[0].position;
    after = position;
  }
  return undefined;
}

// The same id each time: a second attempt adds nothing.
async function sayThatHeLeft({ ingest }: ErasureParts, userId: string): Promise<number> {
  const event = { specversion: '1.0', id: `erase-${userId}`, source: 'figtree', type: 'user-left', data: { userId } };
  const report = await ingest.take([{ text: JSON.stringify(event) }], { door: 'events', origin: 'erase' });
  if (report.accepted + report.duplicates === 1) return report.position;
  const [problem] = report.problems;
  throw new FigtreeError(problem?.code ?? 'INTERNAL', problem?.message ?? `${userId} could not be said to have left`);
}

const STANDSTILL_MS = 60_000;

/** Rejects with CONSUMER_STOPPED if a projection gets no further for a minute. */
async function waitForProjections({ progress }: ErasureParts, position: number): Promise<void> {
  for (const name of projectionNames) {
    for (let before = -1; !(await progress.reached(name, position, STANDSTILL_MS));) {
      const at = progress.position(name);
      if (at === before)
        throw new FigtreeError(
          'CONSUMER_STOPPED',
          `${name} stands still at position ${at} and has to reach ${position}`,
        );
      before = at;
    }
  }
}

interface Search {
  readonly userId: string;
  readonly words: readonly string[];
  readonly archives: readonly string[];
}

/** The file of the keys comes last: until then it holds the words, so that a killed erasure goes on with them. */
async function searchEverywhere({ folder, keys }: ErasureParts, search: Search): Promise<readonly SearchedFile[]> {
  const { userId, words, archives } = search;
  const folders = [folder.path, ...archives];
  const others = await searchFiles({ folders, words, within: { prefix: keys.path, only: false } });
  keys.forgetWords(userId);
  const own = await searchFiles({ folders: [folder.path], words, within: { prefix: keys.path, only: true } });
  return [...others, ...own];
}
