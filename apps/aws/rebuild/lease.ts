import { randomUUID } from 'node:crypto';
import { FigtreeError } from '../../../events/errors.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import type { AwsRebuildState } from './state.ts';
import type { DynamoTable } from '../../../adapters/aws/dynamo/dynamo-table.ts';

/** The exclusive right to run a projection's newest rebuild, together with its state: only one of several processes can hold it. */
export interface RebuildLease {
  /** The last saved state; undefined if there has been no rebuild. */
  readonly found: AwsRebuildState | undefined;
  /** Aborted once another process has taken the lease, because this one failed to renew it in time. */
  readonly lost: AbortSignal;
  /** Makes the state durable. Rejects with REBUILD_RUNNING if the lease is lost. */
  save(state: AwsRebuildState): Promise<void>;
  release(): Promise<void>;
}

const LEASE_MS = 60_000;

/** Rejects with REBUILD_RUNNING if another process holds the lease, or died less than `leaseMs` ago. */
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
  // A failed renewal is reported by the next save at the latest.
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
