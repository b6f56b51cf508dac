import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';
import { createKeySample } from '../../../adapters/aws/sample.ts';
import type { Compared, RebuildGate } from '../../../engine/rebuild/verification.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { compareVersion, type Sample } from '../../parity/comparison.ts';
import { comparedAt } from '../../parity/gate.ts';
import { parityOf, projectionNamed } from '../../projections/registry.ts';
import type { AuditedTables, AwsProjection, TableKeys } from '../projection.ts';
import type { AwsResources } from '../resources.ts';

export interface ComparedTables extends AuditedTables {
  readonly projection: ProjectionName;
  readonly part: AwsProjection;
  /** The table that is live: an API is asked for keys of both, because a new version may lack some. */
  readonly live: DynamoTable;
}

/** REQUEST_INVALID if a new version of the projection cannot be compared with another system. */
export async function requireComparable(aws: AwsResources, projection: ProjectionName): Promise<void> {
  await parityOf(projection);
  const reason = (await projectionNamed(projection).aws.load()).incomparable?.(aws);
  if (reason === undefined) return;
  throw new FigtreeError('REQUEST_INVALID', `--promote-at cannot be used for ${projection}: ${reason}`);
}

const DIFFERENCES_MAX = 10;

/** Compares what a version answers with another system, for a gate. FILE_UNREADABLE if that has gone. */
export async function compareWith(
  { aws, projection, part, table, live, version }: ComparedTables,
  { percent, ...request }: RebuildGate,
  signal: AbortSignal,
): Promise<Compared> {
  const compared = {
    rules: await parityOf(projection),
    reader: part.openReader(aws, version),
    feedLength: aws.settings.feedLength,
    // Readers of DynamoDB and of search engines are eventually consistent.
    readsLag: true,
    keys: (sample?: Sample) => keysIn([table, live], part.keys, { signal, ...sample }),
  };
  const tally = await compareVersion(compared, { ...request, signal, differencesMax: DIFFERENCES_MAX });
  return comparedAt(percent, tally);
}

interface KeyWishes extends Partial<Sample> {
  readonly signal: AbortSignal;
}

/** All keys of the first table, or a sample of the keys of all tables. */
export async function* keysIn(
  tables: readonly [DynamoTable, ...DynamoTable[]],
  { filter, keyOf }: TableKeys,
  { size, seed = 0, signal }: KeyWishes,
): AsyncGenerator<string> {
  const sample = size === undefined ? undefined : createKeySample(size, seed);
  let last: string | undefined;
  for (const table of sample === undefined ? tables.slice(0, 1) : tables) {
    for await (const page of table.scan(filter)) {
      signal.throwIfAborted();
      for (const key of page.map(keyOf)) {
        sample?.offer(key);
        // Items of one key lie together.
        if (sample === undefined && key !== last) yield key;
        last = key;
      }
    }
  }
  if (sample !== undefined) yield* sample.drawn();
}
