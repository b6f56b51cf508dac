import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { createKeySample } from '../../../adapters/aws/sample.ts';
import type { Compared, RebuildGate } from '../../../engine/rebuild/verification.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { Past } from '../../../replay/causes.ts';
import { parityHolds } from '../../../replay/parity.ts';
import { compareVersion, type Sample } from '../../parity/comparison.ts';
import { parityOf } from '../../projections/registry.ts';
import type { AwsProjection, TableKeys } from '../projection.ts';
import type { AwsResources } from '../resources.ts';

export interface ComparedTables {
  readonly aws: AwsResources;
  readonly projection: ProjectionName;
  readonly part: AwsProjection;
  readonly table: DynamoTable;
  readonly version: string;
}

/** Compares what a version answers with another system, as the gate asks for. REQUEST_INVALID if the projection cannot be compared,
 *  FILE_UNREADABLE. */
export async function compareWith(
  { aws, projection, part, table, version }: ComparedTables,
  { percent, ...request }: RebuildGate,
  signal: AbortSignal,
): Promise<Compared> {
  const compared = {
    rules: await parityOf(projection),
    reader: part.openReader(aws, version),
    past: noPast,
    feedLength: aws.settings.feedLength,
    // Readers of DynamoDB and of search engines are eventually consistent.
    readsLag: true,
    keys: (sample?: Sample) => keysIn(table, part.keys, sample),
  };
  const report = await compareVersion(compared, { ...request, signal, differencesMax: 0 });
  return { percent: report.matchPercent, holds: parityHolds(report, percent) };
}

// There is no log to read by keys, so differences are counted and not explained.
const noPast: Past = { of: () => Promise.resolve([]) };

async function* keysIn(table: DynamoTable, { filter, keyOf }: TableKeys, sample?: Sample): AsyncGenerator<string> {
  const drawn = sample && createKeySample(sample.size, sample.seed);
  let last: string | undefined;
  for await (const page of table.scan(filter)) {
    for (const key of page.map(keyOf)) {
      // Items that say the same key lie together.
      if (key !== last && drawn === undefined) yield key;
      drawn?.offer(key);
      last = key;
    }
  }
  if (drawn !== undefined) yield* drawn.drawn();
}
