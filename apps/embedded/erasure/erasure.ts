import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import type { LogErasure } from '../../../adapters/embedded/log/erasure.ts';
import type { EmbeddedPersonKeys } from '../../../adapters/embedded/keys/person-keys.ts';
import type { SearchedFile } from '../../../adapters/embedded/erasure/word-search.ts';
import type { ErasureReport, ErasureRequest } from '../../../engine/erasure.ts';
import type { ParkingLots } from '../../../engine/parked-queries.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { PersonFields } from '../../../events/person-field.ts';
import { userId as userIdSchema } from '../../../events/values.ts';
import type { Progress, ProjectionName } from '../../../ports/progress.ts';
import type { Ingest } from '../../../producers/ingest.ts';
import { OWN_SOURCE, ownSources } from '../../../producers/event-sources.ts';
import { inProcess, inThread } from '../../threads/single-calls.ts';
import { servePauses } from '../live/commit-pauses.ts';
import { type ErasedArchives, openErasedArchives } from './archives.ts';
import { projectionNames } from '../../projections/registry.ts';
import { openRebuildFiles } from '../rebuild/files.ts';
import type { ErasureThread } from './erasure-thread.ts';
import type { WordSearch, WordSearchProcess } from './word-search-process.ts';

export interface ErasureParts {
  readonly folder: { readonly path: string; readonly log: string; projection(name: ProjectionName): string };
  readonly keys: EmbeddedPersonKeys;
  readonly fields: PersonFields;
  readonly erasure: LogErasure;
  readonly ingest: Ingest;
  readonly progress: Progress;
  readonly lots: ParkingLots;
  readonly file: Pick<DurableFile, 'pause'>;
  /** Removes the versions of projections that are not live, and returns their paths. */
  readonly forgetOthers: () => Promise<string[]>;
}

const ERASURE_THREAD = new URL('./erasure-thread.ts', import.meta.url);
const WORD_SEARCH_PROCESS = new URL('./word-search-process.ts', import.meta.url);

/** Erases persons one after the other. If it is interrupted, the same call continues. */
export function createErasure(parts: ErasureParts): (request: ErasureRequest) => Promise<ErasureReport> {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const erased = last.then(() => besideNoRebuild(parts, request));
    last = erased.catch(() => {});
    return erased;
  };
}

/** Throws REBUILD_RUNNING while a rebuild runs: it may have read the person's text already, and would write it to a file that does
 *  not exist yet and cannot be searched. */
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
  const thread = inThread<ErasureThread>(ERASURE_THREAD);
  requireUserId(userId);
  if (archive !== undefined && !existsSync(archive))
    throw new FigtreeError('FILE_UNREADABLE', `${archive} does not exist`, { path: archive });
  const erasedBefore = keys.isDestroyed(userId);
  const found = await thread.call('collectWords', { logPath: folder.log, person: userId, fields });
  // An erasure that was killed after it destroyed the key has left the search words here.
  const words = [...new Set([...(keys.wordsOf(userId) ?? []), ...found.words])];
  if (found.events === 0 && (await erasure.refused.find({ userId, words })).about.length === 0)
    throw new FigtreeError('NOT_FOUND', `No event and no refused item names the user ${userId}`, { userId });
  const facts = { userId, dryRun, events: found.events, texts: found.texts, erasedBefore };
  if (dryRun) {
    const left = found.leftAt === undefined ? {} : { leftAt: found.leftAt };
    return { ...facts, ...left, overwritten: 0, unquarantined: 0, words: found.words.length, ...NOTHING_SEARCHED };
  }
  // Taken before anything is destroyed: if another process is archiving now, the erasure is retried.
  const archives = await openErasedArchives(folder.path, archive);
  const person = { userId, words, leftAt: found.leftAt };
  const { left, unsearchable, ...destroyed } = await destroy(parts, person, archives).finally(archives.close);
  await waitForProjections(parts, userId, left);
  const removed = await parts.forgetOthers();
  const projections = projectionNames.map((name) => ({ name, path: folder.projection(name) }));
  await thread.call('scrubFiles', projections);
  await emptyWal(parts);
  const unsearched = [
    ...archives.missing.map((path) => ({ path, words: 0, unreadable: 'the archive is missing' })),
    ...unsearchable.map((id) => unsearchableEntry(folder.log, id)),
  ];
  const places = await searchEverywhere(parts, { userId, words, archives: archives.folders, unsearched });
  const clean = places.every(isClean);
  return { ...facts, leftAt: left, ...destroyed, words: words.length, places, removed, clean };
}

interface Destroyed {
  /** The position of the event that they left. */
  readonly left: number;
  readonly overwritten: number;
  readonly unquarantined: number;
  /** Quarantined entries from which it cannot be told whom they concern. */
  readonly unsearchable: readonly number[];
}

interface ErasedPerson {
  readonly userId: string;
  readonly words: readonly string[];
  readonly leftAt: number | undefined;
}

/** The irreversible part. */
async function destroy(
  parts: ErasureParts,
  { userId, words, leftAt }: ErasedPerson,
  archives: ErasedArchives,
): Promise<Destroyed> {
  const { keys, erasure, fields } = parts;
  keys.rememberWords(userId, words);
  const left = leftAt ?? (await publishUserLeft(parts, userId));
  keys.destroy(userId);
  const inLog = await erasure.overwritePlain(userId);
  // Only now, because nothing that arrives from here on contains the text.
  const { about, unsearchable } = await erasure.refused.find({ userId, words });
  const unquarantined = await erasure.refused.remove(about);
  return { left, overwritten: inLog + (await archives.erase(userId, fields)), unquarantined, unsearchable };
}

/** An entry of which an earlier release kept only the beginning, without noting whom the rest concerns. */
function unsearchableEntry(log: string, id: number): SearchedFile {
  const unreadable =
    'it was cut before the users it names were recorded: send the same text again to record them (figtree quarantine show prints its beginning)';
  return { path: `${log}, quarantine entry ${id}`, words: 0, unreadable };
}

async function emptyWal({ folder, file }: ErasureParts): Promise<void> {
  const { methods, gone } = servePauses(file);
  await inThread<ErasureThread>(ERASURE_THREAD, { methods }).call('emptyWal', folder.log).finally(gone);
}

const isClean = ({ words, unreadable }: SearchedFile) => words === 0 && unreadable === undefined;
const NOTHING_SEARCHED = { places: [], removed: [], clean: false };

function requireUserId(userId: unknown): void {
  if (userIdSchema.safeParse(userId).success) return;
  throw new FigtreeError('REQUEST_INVALID', 'USER_ID must be 24 hexadecimal digits in lower case', { path: 'userId' });
}

// A fresh id each time, which no publisher can have used before. A second attempt finds the event of the first in the log.
async function publishUserLeft({ ingest }: ErasureParts, userId: string): Promise<number> {
  const id = `erase-${userId}-${randomUUID()}`;
  const event = { specversion: '1.0', id, source: OWN_SOURCE, type: 'user-left', data: { userId } };
  const from = { door: 'events', origin: 'erase', sources: ownSources } as const;
  const report = await ingest.take([{ text: JSON.stringify(event) }], from);
  if (report.accepted === 1) return report.position;
  const [problem] = report.problems;
  throw new FigtreeError(problem?.code ?? 'INTERNAL', problem?.message ?? `user-left of ${userId} was not accepted`);
}

const STANDSTILL_MS = 60_000;

/** Rejects with CONSUMER_STOPPED if a projection makes no progress for a minute, or has parked the event that they left. */
async function waitForProjections({ progress, lots }: ErasureParts, userId: string, position: number): Promise<void> {
  for (const name of projectionNames) {
    for (let before = -1; !(await progress.reached(name, position, STANDSTILL_MS));) {
      const at = progress.position(name);
      if (at === before)
        throw new FigtreeError(
          'CONSUMER_STOPPED',
          `${name} makes no progress at position ${at} and has to reach ${position}`,
        );
      before = at;
    }
    if (lots.of(name).parkedAt(position) !== undefined)
      throw new FigtreeError(
        'CONSUMER_STOPPED',
        `${name} still knows ${userId}: the event that they left (position ${position}) is parked there. Redrive it (figtree parked redrive --key ${userId}), then erase again`,
      );
  }
}

interface Search {
  readonly userId: string;
  readonly words: readonly string[];
  readonly archives: readonly string[];
  /** The files that could not be read. */
  readonly unsearched: readonly SearchedFile[];
}

/** The file of the keys comes last. It keeps the search words until no other file contains them, so that a killed erasure
 *  continues with them, and one that found some is repeated once an operator has acted. */
async function searchEverywhere({ folder, keys }: ErasureParts, asked: Search): Promise<readonly SearchedFile[]> {
  const { userId, words, archives, unsearched } = asked;
  const folders = [folder.path, ...archives];
  const search = (where: Omit<WordSearch, 'words'>) =>
    inProcess<WordSearchProcess>(WORD_SEARCH_PROCESS).call('searchFiles', { words, ...where });
  const others = await search({ folders, within: { prefix: keys.path, only: false } });
  const empty = archives.filter((archive) => !others.some(({ path }) => path.startsWith(join(archive, '/'))));
  const places = [...others, ...empty.map((path) => ({ path, words: 0, unreadable: 'it is empty' })), ...unsearched];
  if (!places.every(isClean)) return places;
  keys.forgetWords(userId);
  const own = await search({ folders: [folder.path], within: { prefix: keys.path, only: true } });
  return [...places, ...own];
}
