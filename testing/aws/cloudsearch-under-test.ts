import { sequenceOf } from '../../events/sequence.ts';
import { type CloudSearchDomain, openCloudSearchDomain } from '../../adapters/aws/search/cloudsearch/client.ts';
import { CLOUDSEARCH_FIELDS } from '../../adapters/aws/search/cloudsearch/fields.ts';
import { openCloudSearchUploader } from '../../adapters/aws/search/cloudsearch/uploader.ts';
import { openDynamoSearchIndex } from '../../adapters/aws/search/dynamo-search-index.ts';
import { type CloudSearchDouble, startCloudSearchDouble } from './cloudsearch-double.ts';
import { openTableInMemory, type Weather } from './table-in-memory.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

const calm: Weather = { before: async () => {}, after: async () => {}, answerIsLost: () => false };
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export interface DomainUnderTest {
  readonly double: CloudSearchDouble;
  readonly table: DynamoTable;
  /** The common clock, in milliseconds. */
  readonly clock: { time: number };
  /** As in another process: with its own client and uploader. */
  openLambda(table?: DynamoTable): Lambda;
  close(): Promise<void>;
}

export type Lambda = ReturnType<typeof openLambda>;

/** A double of a domain that shows at once what it accepts, and a table in memory. */
export async function startDomain(everyMs = 10_000, weather = calm): Promise<DomainUnderTest> {
  const clock = { time: 1_456_124_520_000 };
  const now = () => clock.time;
  const double = await startCloudSearchDouble({ fields: CLOUDSEARCH_FIELDS, now, everyMs, visibleAfterMs: 0 });
  const table = openTableInMemory(weather);
  const opened: Lambda[] = [];
  return {
    double,
    table,
    clock,
    openLambda(ofIt = table) {
      const lambda = openLambda(double.endpoint, ofIt, now);
      opened.push(lambda);
      return lambda;
    },
    async close() {
      for (const { domain } of opened) domain.close();
      await double.close();
    },
  };
}

function openLambda(endpoint: string, table: DynamoTable, now: () => number) {
  const domain: CloudSearchDomain = openCloudSearchDomain({
    region: 'us-east-1',
    credentials,
    searchEndpoint: endpoint,
    documentEndpoint: endpoint,
  });
  const uploader = openCloudSearchUploader(table, domain.documents, { now, pauses: { firstMs: 0, maxMs: 0 } });
  return { domain, uploader, index: openDynamoSearchIndex(table, uploader.notify) };
}

/** What searches on it find, and by which query. */
export function foundBy(double: CloudSearchDouble) {
  const documents = [...double.documents().values()];
  const users = documents.flatMap(({ name, userid }) =>
    name === undefined ? [] : `${String(userid)} ${String(name)}`,
  );
  const yubls = documents.flatMap(({ words, yublid }) =>
    Array.isArray(words) ? words.map((word) => `${String(yublid)} ${word}`) : [],
  );
  return { users: sorted(users), yubls: sorted(yubls) };
}

export const sorted = (texts: readonly string[]) => texts.toSorted((a, b) => (a < b ? -1 : 1));

export function named(userId: string, ...names: string[]) {
  const userName = { value: names[0] ?? '', sequence: sequenceOf(1, 1) };
  return () => ({ userId, userName, names });
}

export function yublBy(authorId: string, yublId: string) {
  return { yublId, authorId, text: yublId, postedAt: '2016-02-22T07:02:00.000Z', sequence: sequenceOf(1, 1) };
}
