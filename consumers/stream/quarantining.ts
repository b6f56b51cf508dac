import type { Quarantine, Refusal } from '../../ports/quarantine.ts';
import type { Log } from '../runtime/consumer.ts';

export interface RefusedRecord {
  readonly record: unknown;
  readonly refusal: Refusal;
}

interface Quarantining {
  readonly quarantine: Pick<Quarantine, 'add'>;
  readonly logger: Log;
}

/** Quarantines refused records in one request. Returns the records for which that failed. */
export async function quarantineRefused(
  { quarantine, logger }: Quarantining,
  refused: readonly RefusedRecord[],
): Promise<unknown[]> {
  if (refused.length === 0) return [];
  try {
    await quarantine.add(refused.map(({ refusal }) => refusal));
  } catch (error) {
    logger.error({ error, records: refused.length }, 'quarantine is unreachable, records will be retried');
    return refused.map(({ record }) => record);
  }
  for (const { origin, problem } of refused.map(({ refusal }) => refusal)) {
    // The problem's message may quote the input.
    logger.warn({ origin, code: problem.code, path: problem.path }, 'record refused and quarantined');
  }
  return [];
}
