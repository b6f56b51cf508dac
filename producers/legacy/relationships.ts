import type { Problem } from '../../events/errors.ts';
import type { JsonObject } from '../../events/json-object.ts';
import type { LegacyRelationship } from '../../ports/legacy-memory.ts';
import type { Finding } from '../../events/reading/findings.ts';
import type { Change } from './change.ts';
import { readInstant, readObjectId } from './extended-json.ts';
import type { Draft, Mapping } from './mapping.ts';
import { changedFields } from './update-description.ts';

// A document of `relationships`: { _id, follower, followee, createdAt } and fields that no event carries.

export interface Pair {
  readonly followerId: string;
  readonly followeeId: string;
}

export interface RelationshipMapping {
  readonly mapping: Mapping;
  /** Which users the relationship connects from now on, as far as the change says so. A change that turns a follow into
   *  a self-follow is refused, so its content is omitted: the end of the follow must still be understood. */
  readonly pair?: Pair;
}

/** `versions` is what the legacy memory knows about the document. */
export function mapRelationshipChange(change: Change, versions: readonly LegacyRelationship[]): RelationshipMapping {
  const { operation, document, findings } = change;
  if (operation === 'delete') return { mapping: deleted(change, pairBefore(change, versions)) };
  if (operation === 'update') return updated(change, versions);
  if (document === undefined) return { mapping: [] };
  const pair = readPair(document, 'fullDocument', findings);
  const move = { after: pair ?? NOBODY, stated: document, paths: DOCUMENT_PATHS };
  const mapping =
    operation === 'insert'
      ? followed(change, move.after, { ...move, idSuffix: '' })
      : moved(change, pairBefore(change, versions), move);
  if (pair === undefined || (operation !== 'insert' && isSelf(pair))) return { mapping };
  // A replacement that leaves the pair unchanged says nothing new, however often it arrives.
  const known = operation === 'replace' && change.before === undefined && isNothing(mapping);
  return known ? { mapping } : { mapping, pair };
}

function isNothing(mapping: Mapping): boolean {
  return Array.isArray(mapping) && mapping.length === 0;
}

/** Whether the change can only be understood with knowledge of earlier ones. */
export function needsMemory(change: Change): boolean {
  return change.collection === 'relationships' && change.operation !== 'insert' && change.before === undefined;
}

/** The change's place in the history of its document, as sortable text. */
export function versionOfChange({ sequence, id }: Change): string {
  return `${sequence}/${id}`;
}

const NOBODY: Pair = { followerId: '', followeeId: '' };
const KEY_PATHS = { relationshipId: 'documentKey._id' };
type FollowPaths = typeof DOCUMENT_PATHS;
const DOCUMENT_PATHS = {
  relationshipId: 'fullDocument._id',
  followerId: 'fullDocument.follower',
  followeeId: 'fullDocument.followee',
  followedAt: 'fullDocument.createdAt',
};
const UPDATE_PATHS: FollowPaths = {
  relationshipId: 'documentKey._id',
  followerId: 'updateDescription.updatedFields.follower',
  followeeId: 'updateDescription.updatedFields.followee',
  followedAt: 'updateDescription.updatedFields.createdAt',
};

function readPair(document: JsonObject, path: string, findings: Finding[]): Pair | undefined {
  const followerId = readObjectId(document['follower'], `${path}.follower`, findings);
  const followeeId = readObjectId(document['followee'], `${path}.followee`, findings);
  return followerId === undefined || followeeId === undefined ? undefined : { followerId, followeeId };
}

// Versions newer than the change do not count, so that a change means the same whenever and however often it is
// delivered. Changes of one transaction share their cluster time, so equal times count. A delete is the end of its
// document: if nothing older is known, a newer version is used.
function pairBefore(change: Change, versions: readonly LegacyRelationship[]): Pair | undefined {
  if (change.before !== undefined) return readPair(change.before, 'fullDocumentBeforeChange', change.findings);
  const others = versions.filter(({ version }) => version !== versionOfChange(change));
  const sorted = others.toSorted((a, b) => (a.version < b.version ? -1 : 1));
  const older = sorted.findLast(({ version }) => version.slice(0, change.sequence.length) <= change.sequence);
  return older ?? (change.operation === 'delete' ? sorted[0] : undefined);
}

function deleted(change: Change, before: Pair | undefined): Mapping {
  return before === undefined ? unknownBefore(change) : unfollowed(change, before, '');
}

function updated(change: Change, versions: readonly LegacyRelationship[]): RelationshipMapping {
  const fields = changedFields(change, ['follower', 'followee', 'createdAt']);
  for (const { name, path, what } of fields) {
    if (what !== 'set') change.findings.push({ path, message: `must set ${name} as a whole` });
  }
  const changed = fields.filter(({ name, what }) => name !== 'createdAt' && what === 'set');
  if (changed.length === 0) return { mapping: [] };
  const before = pairBefore(change, versions);
  if (before === undefined) return { mapping: unknownBefore(change) };
  const after = { followerId: before.followerId, followeeId: before.followeeId };
  for (const { name, path, value } of changed) {
    const id = readObjectId(value, path, change.findings) ?? '';
    if (name === 'follower') after.followerId = id;
    else after.followeeId = id;
  }
  // The new pair exists since this change, unless the change itself says otherwise.
  const since = fields.find(({ name }) => name === 'createdAt');
  const stated = { createdAt: since === undefined ? change.time : since.value };
  const mapping = moved(change, before, { after, stated, paths: UPDATE_PATHS });
  return change.findings.length > 0 || isSelf(after) ? { mapping } : { mapping, pair: after };
}

interface Move {
  readonly after: Pair;
  readonly stated: JsonObject;
  readonly paths: FollowPaths;
}

function moved(change: Change, before: Pair | undefined, { after, stated, paths }: Move): Mapping {
  if (before === undefined) return unknownBefore(change);
  if (before.followerId === after.followerId && before.followeeId === after.followeeId) return [];
  return [
    ...unfollowed(change, before, '/unfollowed'),
    ...followed(change, after, { stated, paths, idSuffix: '/followed' }),
  ];
}

interface FollowStated {
  readonly stated: JsonObject;
  readonly paths: FollowPaths;
  readonly idSuffix: string;
}

function followed({ documentId, findings }: Change, pair: Pair, { stated, paths, idSuffix }: FollowStated): Draft[] {
  const followedAt = readInstant(stated['createdAt'], paths.followedAt, findings);
  const data = { relationshipId: documentId, followerId: pair.followerId, followeeId: pair.followeeId, followedAt };
  return [{ type: 'followed', data, paths, idSuffix }];
}

function unfollowed({ documentId }: Change, before: Pair, idSuffix: string): Draft[] {
  // No user ever began to follow themselves, so there is nothing to end.
  if (isSelf(before)) return [];
  const { followerId, followeeId } = before;
  return [
    { type: 'unfollowed', data: { relationshipId: documentId, followerId, followeeId }, paths: KEY_PATHS, idSuffix },
  ];
}

function isSelf({ followerId, followeeId }: Pair): boolean {
  return followerId === followeeId;
}

function unknownBefore({ documentId }: Change): Problem {
  const path = 'documentKey._id';
  const message = `${path} ${documentId} is an unknown relationship: release this once its insert was accepted`;
  return { code: 'RELATIONSHIP_UNKNOWN', path, message };
}
