import type { JsonObject } from '../../events/json-object.ts';
import type { Change } from './change.ts';
import { readInstant } from './extended-json.ts';
import type { Draft, Mapping } from './mapping.ts';
import { type ChangedField, changedFields } from './update-description.ts';

// A document of `users`: { _id, userName, firstName?, lastName?, createdAt } and fields that no event carries.

export function mapUserChange(change: Change): Mapping {
  const { operation, document, documentId } = change;
  if (operation === 'delete')
    return [{ type: 'user-left', data: { userId: documentId }, paths: KEY_PATHS, idSuffix: '' }];
  if (operation === 'update') return updated(change);
  if (document === undefined) return [];
  return [operation === 'insert' ? joined(change, document) : replaced(change, document)];
}

const NAMES = ['userName', 'firstName', 'lastName'];
const KEY_PATHS = { userId: 'documentKey._id' };
const DOCUMENT_PATHS = {
  userId: 'fullDocument._id',
  userName: 'fullDocument.userName',
  firstName: 'fullDocument.firstName',
  lastName: 'fullDocument.lastName',
  joinedAt: 'fullDocument.createdAt',
};

function joined({ documentId, findings }: Change, document: JsonObject): Draft {
  const { userName, firstName, lastName, createdAt } = document;
  const data = {
    userId: documentId,
    userName,
    // A name that is null counts as absent.
    ...(firstName !== undefined && firstName !== null && { firstName }),
    ...(lastName !== undefined && lastName !== null && { lastName }),
    joinedAt: readInstant(createdAt, 'fullDocument.createdAt', findings),
  };
  return { type: 'user-joined', data, paths: DOCUMENT_PATHS, idSuffix: '' };
}

// A replacement does not say what it changed, so it states all three names.
function replaced({ documentId }: Change, { userName, firstName, lastName }: JsonObject): Draft {
  const data = { userId: documentId, userName, firstName: firstName ?? null, lastName: lastName ?? null };
  return { type: 'user-profile-updated', data, paths: DOCUMENT_PATHS, idSuffix: '' };
}

function updated(change: Change): Mapping {
  const fields = changedFields(change, NAMES);
  if (fields.length === 0) return [];
  const data: Record<string, unknown> = { userId: change.documentId };
  const paths: Record<string, string> = { ...KEY_PATHS };
  for (const field of fields) {
    paths[field.name] = field.path;
    data[field.name] = newName(change, field);
  }
  return [{ type: 'user-profile-updated', data, paths, idSuffix: '' }];
}

function newName(change: Change, { name, path, what, value }: ChangedField): unknown {
  if (what === 'set') return value;
  if (what === 'removed' && name !== 'userName') return null;
  change.findings.push({ path, message: what === 'inside' ? `must leave ${name} a string` : 'must keep userName' });
  return null;
}
