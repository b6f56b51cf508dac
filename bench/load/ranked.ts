import {
  changeLines,
  idOf,
  type InsertedDocument,
  insertedDocuments,
  keyOf,
  writeChangeLines,
} from './change-lines.ts';

/** Writes the heavy load: the users and follows of one file, then the yubls of another, given to them by rank (the i-th
 *  most active author's become those of the i-th most followed user). Both the follows and the activity are real; only
 *  their combination is made up. */
export async function writeRanked(files: { network: string; yubls: string }, target: string): Promise<void> {
  const authors = await ranked(yublsByAuthor(files.yubls));
  const users = await ranked(followersByUser(files.network));
  if (authors.length > users.length)
    throw new Error(`${files.network} has fewer users than ${files.yubls} has authors`);
  const userOf = new Map(authors.map((author, rank) => [author, users[rank] ?? '']));

  async function* all(): AsyncGenerator<string[]> {
    // A yubl is for users who follow before it, so the network is moved to before the first yubl.
    yield* movedBefore(files.network, await firstSecond(files.yubls));
    yield* yublsOf(files.yubls, userOf);
  }
  await writeChangeLines(target, all());
}

async function* yublsOf(path: string, userOf: ReadonlyMap<string, string>): AsyncGenerator<string[]> {
  for await (const lines of changeLines(path)) {
    yield lines
      .filter((line) => line.includes('"coll":"yubls"'))
      .map((line) =>
        line.replace(/("userId":\{"\$oid":")([0-9a-f]{24})/, (_, before: string, author: string) => {
          return before + (userOf.get(author) ?? '');
        }),
      );
  }
}

const DAY_SECONDS = 86_400;

async function* movedBefore(path: string, second: number): AsyncGenerator<string[]> {
  let last = 0;
  for await (const { clusterTime } of insertedDocuments(path)) last = Math.max(last, clusterTime.$timestamp.t);
  const bySeconds = second - DAY_SECONDS - last;
  for await (const lines of changeLines(path)) yield lines.map((line) => moved(line, bySeconds));
}

function moved(line: string, bySeconds: number): string {
  const document = JSON.parse(line) as InsertedDocument;
  const date = ({ $date }: { $date: string }) => new Date(Date.parse($date) + bySeconds * 1000).toISOString();
  document.clusterTime.$timestamp.t += bySeconds;
  document.wallTime.$date = date(document.wallTime);
  const { createdAt } = document.fullDocument;
  if (createdAt !== undefined) createdAt.$date = date(createdAt);
  return JSON.stringify(document);
}

async function firstSecond(path: string): Promise<number> {
  for await (const { clusterTime } of insertedDocuments(path)) return clusterTime.$timestamp.t;
  throw new Error(`${path} is empty`);
}

async function* yublsByAuthor(path: string): AsyncGenerator<Counted> {
  for await (const { ns, fullDocument } of insertedDocuments(path)) {
    if (ns.coll === 'yubls') yield { id: idOf(fullDocument.userId), by: 1 };
  }
}

async function* followersByUser(path: string): AsyncGenerator<Counted> {
  for await (const document of insertedDocuments(path)) {
    const { ns, fullDocument } = document;
    if (ns.coll === 'users') yield { id: keyOf(document), by: 0 };
    if (ns.coll === 'relationships') yield { id: idOf(fullDocument.followee), by: 1 };
  }
}

interface Counted {
  readonly id: string;
  readonly by: number;
}

/** Most first; ties by id, so that the load is the same in every run. */
async function ranked(counts: AsyncIterable<Counted>): Promise<string[]> {
  const totals = new Map<string, number>();
  for await (const { id, by } of counts) totals.set(id, (totals.get(id) ?? 0) + by);
  return [...totals].toSorted(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)).map(([id]) => id);
}
