import type { DynamoTable } from '../dynamo/dynamo-table.ts';
import type { Item } from '../dynamo/item.ts';
import { createTextSum, eachItem, noteUnequal, type TableAudit } from '../dynamo/table-audit.ts';
import { createKeySample } from '../sample.ts';
import { AUTHORED, readUserItem, readYublItem, userKey } from './search-documents.ts';

/** What is in the table and has to be found. */
export interface Findable {
  readonly kind: 'user' | 'yubl';
  readonly id: string;
  /** A name of the user, or the words of the yubl. */
  readonly text: string;
}

// Of users and of yubls, drawn at random from the whole table.
const LOOKED_UP = 40;
const SEED = 1;

/** Looks whether each author has exactly their yubls and nobody who left has any, and whether some users and yubls are found by
 *  the search engine. `isFound` is absent for an engine that takes documents at its own pace. */
export async function auditSearchTable(
  table: DynamoTable,
  isFound: ((wanted: Findable) => Promise<boolean>) | undefined,
): Promise<TableAudit> {
  const [yublsOf, authored, answers] = [createTextSum(), createTextSum(), createTextSum()];
  const [findable, leavers] = [createKeySample(LOOKED_UP, SEED), createKeySample(LOOKED_UP, SEED)];
  let [users, yubls] = [0, 0];

  function lookAtUser(item: Item): void {
    const id = item.pk.slice('U#'.length);
    const { user } = readUserItem(id, item);
    if (user === undefined) return leavers.offer(id);
    const [name] = user.names;
    if (name === undefined) return;
    users += 1;
    answers.add(JSON.stringify([id, user]));
    findable.offer(JSON.stringify({ kind: 'user', id, text: name } satisfies Findable));
  }

  function lookAtYubl(item: Item): void {
    const id = item.pk.slice('Y#'.length);
    const { yubl, words } = readYublItem(id, item);
    if (yubl === undefined) return;
    yubls += 1;
    yublsOf.add(`${yubl.authorId} ${id}`);
    answers.add(JSON.stringify([id, yubl.authorId, yubl.sequence, yubl.text.length]));
    findable.offer(JSON.stringify({ kind: 'yubl', id, text: words } satisfies Findable));
  }

  await eachItem(table, (item) => {
    if (item.pk.startsWith('Y#')) lookAtYubl(item);
    else if (!item.pk.startsWith('U#')) return;
    else if (item.sk === userKey('').sk) lookAtUser(item);
    else authored.add(`${item.pk.slice('U#'.length)} ${item.sk.slice(AUTHORED.length)}`);
  });
  const broken: string[] = [];
  noteUnequal(broken, 'the yubls of authors differ from all yubls', [authored, yublsOf]);
  for (const userId of leavers.drawn()) {
    const left = await table.queryAll({ pk: userKey(userId).pk, begins: AUTHORED });
    if (left.length > 0) broken.push(`${left.length} yubls are left of the user ${userId}, who left`);
  }
  for (const text of isFound === undefined ? [] : findable.drawn()) {
    const wanted = JSON.parse(text) as Findable;
    if (!(await isFound?.(wanted))) broken.push(`the ${wanted.kind} ${wanted.id} is not found by the search engine`);
  }
  return { counts: { users, yubls }, broken, digest: answers.digest() };
}
