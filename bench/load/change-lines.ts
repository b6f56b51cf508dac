import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

/** The lines of a gzip file of NDJSON, some hundred at a time. */
export async function* changeLines(path: string): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of createReadStream(path)
    .pipe(createGunzip({ chunkSize: 64 * 1024 }))
    .setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

/** Writes such a file, without ever holding all of it in memory. */
export async function writeChangeLines(path: string, batches: AsyncIterable<readonly string[]>): Promise<void> {
  async function* texts(): AsyncGenerator<string> {
    for await (const lines of batches) if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
  await pipeline(texts, createGzip({ level: 1 }), createWriteStream(path));
}

/** A change-stream document of the monolith, as far as the benchmarks read it. They only use files of inserts. */
export interface InsertedDocument {
  readonly clusterTime: { readonly $timestamp: { t: number; i: number } };
  readonly wallTime: { $date: string };
  readonly ns: { readonly coll: 'users' | 'relationships' | 'yubls' };
  readonly documentKey: { readonly _id: ObjectId };
  readonly fullDocument: {
    readonly userId?: ObjectId;
    readonly follower?: ObjectId;
    readonly followee?: ObjectId;
    readonly text?: string;
    readonly postedAt?: { readonly $date: string };
    readonly userName?: string;
    readonly firstName?: string;
    readonly lastName?: string;
    createdAt?: { $date: string };
  };
}

interface ObjectId {
  readonly $oid: string;
}

export async function* insertedDocuments(path: string): AsyncGenerator<InsertedDocument> {
  for await (const lines of changeLines(path)) {
    for (const line of lines) yield JSON.parse(line) as InsertedDocument;
  }
}

/** The id of the inserted document. */
export function keyOf({ documentKey }: InsertedDocument): string {
  return idOf(documentKey['_id']);
}

/** Checks that an id is present, so that callers need not. */
export function idOf(id: ObjectId | undefined): string {
  if (id === undefined) throw new Error('a change lacks an id that it must have');
  return id.$oid;
}
