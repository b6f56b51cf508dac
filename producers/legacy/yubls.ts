import type { Problem } from '../../events/errors.ts';
import type { JsonObject } from '../../events/json-object.ts';
import type { Change } from './change.ts';
import { readInstant, readObjectId } from './extended-json.ts';
import type { Draft, Mapping } from './mapping.ts';
import { changedFields } from './update-description.ts';

// A document of `yubls`: { _id, userId, text, postedAt } and fields that no event carries.

export function mapYublChange(change: Change): Mapping {
  const { operation, document, documentId } = change;
  if (operation === 'delete')
    return [{ type: 'yubl-deleted', data: { yublId: documentId }, paths: KEY_PATHS, idSuffix: '' }];
  if (operation === 'update') return updated(change);
  if (document === undefined) return [];
  return operation === 'insert' ? [posted(change, document)] : replaced(change, document);
}

const KEY_PATHS = { yublId: 'documentKey._id' };
const SAID = ['userId', 'text', 'postedAt'];
const DOCUMENT_PATHS = {
  yublId: 'fullDocument._id',
  authorId: 'fullDocument.userId',
  text: 'fullDocument.text',
  postedAt: 'fullDocument.postedAt',
};

function posted({ documentId, findings }: Change, document: JsonObject): Draft {
  const data = {
    yublId: documentId,
    authorId: readObjectId(document['userId'], DOCUMENT_PATHS.authorId, findings),
    text: document['text'],
    postedAt: readInstant(document['postedAt'], DOCUMENT_PATHS.postedAt, findings),
  };
  return { type: 'yubl-posted', data, paths: DOCUMENT_PATHS, idSuffix: '' };
}

function updated(change: Change): Mapping {
  const [field] = changedFields(change, SAID);
  return field === undefined ? [] : edited(field.path, `changes ${field.name}`);
}

// Most documents are yubls, so their contents are not remembered for replacements, which would double the stored data.
// Without a pre-image a replacement that edits cannot be told from one that does not, and ignoring it could silently
// lose an edit. So it goes to an operator, as an edit does.
function replaced({ before, findings }: Change, document: JsonObject): Mapping {
  if (before === undefined) return edited('fullDocumentBeforeChange', 'is missing, so this may be an edit');
  const then = saidBy(before, 'fullDocumentBeforeChange', findings);
  const now = saidBy(document, 'fullDocument', findings);
  const name = SAID.find((_, index) => then[index] !== now[index]);
  return name === undefined ? [] : edited(`fullDocument.${name}`, 'differs from what was posted');
}

// In the order of SAID.
function saidBy(document: JsonObject, path: string, findings: Change['findings']): unknown[] {
  return [
    readObjectId(document['userId'], `${path}.userId`, findings),
    document['text'],
    readInstant(document['postedAt'], `${path}.postedAt`, findings),
  ];
}

function edited(path: string, why: string): Problem {
  const message = `${path} ${why}: a yubl is never edited, only deleted and posted anew`;
  return { code: 'CHANGE_NOT_SUPPORTED', path, message };
}
