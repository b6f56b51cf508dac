import { randomUUID } from 'node:crypto';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { AwsRebuildState } from './state.ts';
import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';

/** The state of a projection's newest rebuild, and that it is ours to go on with: of several processes that are asked for the same
 *  one works. */
export interface RebuildLease {
  /** As it was saved last; undefined if there was never one. */
  readonly found: AwsRebuildState | undefined;
  /** Aborted once somebody else has it, because this process could not say for long that it lives. */
  readonly lost: AbortSignal;
  /** Durable once it resolves. REBUILD_RUNNING if it is not ours any more. */
  save(state: AwsRebuildState): Promise<void>;
  release(): Promise<void>;
}

const LEASE_MS = 60_000;

/** REBUILD_RUNNING if another process works on it, or has died less than `leaseMs` ago. */
export async function takeRebuildLease(
  control: DynamoTable,
  projection: ProjectionName,
  leaseMs = LEASE_MS,
): Promise<RebuildLease> {
  const key = { pk: 'rebuild', sk: projection };
  const holder = randomUUID();
  const running = () =>
    new FigtreeError('REBUILD_RUNNING', `another process is rebuilding ${projection}, or has just died`, {
      projection,
    });
  const lost = new AbortController();

  async function renew(state?: AwsRebuildState, isFree = false): Promise<void> {
    const done = await control.update(key, {
      update: `SET holder = :holder, heldUntil = :until${state === undefined ? '' : ', #state = :state'}`,
      condition: isFree ? 'attribute_not_exists(holder) OR heldUntil < :now OR holder = :holder' : 'holder = :holder',
      values: {
        ':holder': holder,
        ':until': Date.now() + leaseMs,
        ...(isFree && { ':now': Date.now() }),
        ...(state !== undefined && { ':state': JSON.stringify(state) }),
      },
      ...(state !== undefined && { names: { '#state': 'state' } }),
    });
    if (done) return;
    lost.abort();
    throw running();
  }

  await renew(undefined, true);
  const item = await control.get(key);
  // Failing to renew is told by the next save at the latest.
  const timer = setInterval(() => void renew().catch(() => {}), leaseMs / 4);
  timer.unref();
  return {
    found: typeof item?.['state'] === 'string' ? (JSON.parse(item['state']) as AwsRebuildState) : undefined,
    lost: lost.signal,
    save: (state) => renew(state),
    async release() {
      clearInterval(timer);
      if (lost.signal.aborted) return;
      await control.update(key, {
        update: 'REMOVE holder, heldUntil',
        condition: 'holder = :holder',
        values: { ':holder': holder },
      });
    },
  };
}
