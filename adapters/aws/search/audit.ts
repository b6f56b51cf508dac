import type { DynamoTable } from '../dynamo/dynamo-table.ts';
import type { Item } from '../dynamo/item.ts';
import {
  type AuditOptions,
  createTextSum,
  eachItem,
  noteUnequal,
  hasAny,
  lookUpsInto,
  type TableAudit,
} from '../dynamo/table-audit.ts';
import { createKeySample } from '../sample.ts';
import { AUTHORED, readUserItem, readYublItem, userKey, yublKey } from './search-documents.ts';

/** A document in the table that a search has to find. */
export interface Findable {
  readonly kind: 'user' | 'yubl';
  readonly id: string;
  /** A name of the user, or the words of the yubl. */
  readonly text: string;
}

// The numbers of users and yubls that are looked up one by one.
const LOOKED_UP = 40;

/** Checks that each author has exactly their yubls, that users who left have none, and that the search engine finds a sample of
 *  users and yubls. `isFound` is absent for an engine that indexes documents asynchronously. */
export async function auditSearchTable(
  table: DynamoTable,
  { isFound, ...options }: AuditOptions & { readonly isFound?: (wanted: Findable) => Promise<boolean> },
): Promise<TableAudit> {
  const [yublsOf, authored, answers] = [createTextSum(), createTextSum(), createTextSum()];
  const [findable, leavers] = [createKeySample(LOOKED_UP, options.seed), createKeySample(LOOKED_UP, options.seed)];
  let [users, yubls] = [0, 0];

  function visitUser(item: Item): void {
    const id = item.pk.slice('U#'.length);
    const { user } = readUserItem(id, item);
    if (user === undefined) return leavers.offer(id);
    const { userName, firstName, lastName, names } = user;
    const [name] = names;
    if (name === undefined) return;
    users += 1;
    const values = [userName, firstName, lastName].map((one) => [one?.value, one?.sequence]);
    answers.add(JSON.stringify([id, names, values]));
    findable.offer(JSON.stringify({ kind: 'user', id }));
  }

  function visitYubl(item: Item): void {
    const id = item.pk.slice('Y#'.length);
    const { yubl } = readYublItem(id, item);
    if (yubl === undefined) return;
    yubls += 1;
    yublsOf.add(`${yubl.authorId} ${id}`);
    answers.add(JSON.stringify([id, yubl.authorId, yubl.sequence, yubl.text.length]));
    findable.offer(JSON.stringify({ kind: 'yubl', id }));
  }

  await eachItem(
    table,
    (item) => {
      if (item.pk.startsWith('Y#')) visitYubl(item);
      else if (!item.pk.startsWith('U#')) return;
      else if (item.sk === userKey('').sk) visitUser(item);
      else authored.add(`${item.pk.slice('U#'.length)} ${item.sk.slice(AUTHORED.length)}`);
    },
    options,
  );
  const broken: string[] = [];
  noteUnequal(broken, 'the yubls of authors differ from all yubls', [authored, yublsOf]);
  const lookUp = lookUpsInto(broken, options);
  await lookUp('users who left, and of whom yubls are left', leavers, (userId) =>
    hasAny(table, { pk: userKey(userId).pk, begins: AUTHORED }),
  );
  if (isFound === undefined) return { counts: { users, yubls }, broken, digest: answers.digest() };
  await lookUp('documents that the search engine does not find', findable, async (key) => {
    const { kind, id } = JSON.parse(key) as Pick<Findable, 'kind' | 'id'>;
    const item = await table.get(kind === 'user' ? userKey(id) : yublKey(id));
    const text = item === undefined ? undefined : textOf(kind, item);
    return text !== undefined && !(await isFound({ kind, id, text }));
  });
  return { counts: { users, yubls }, broken, digest: answers.digest() };
}

/** What a document is found by; undefined if it is gone. */
function textOf(kind: Findable['kind'], item: Item): string | undefined {
  if (kind === 'user') return readUserItem('', item).user?.names[0];
  const { yubl, words } = readYublItem('', item);
  return yubl && words;
}
