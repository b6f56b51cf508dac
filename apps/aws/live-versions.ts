import type { ProjectionName } from '../../ports/progress.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

/** Which version of each projection is live: its tables end in it. Kept in the control table, so that one write moves all functions
 *  from one version to the next. */
export interface LiveVersions {
  /** As it was at most LIVE_CACHE_MS ago, for functions that ask with every batch. */
  live(projection: ProjectionName): Promise<string>;
  /** As it is. */
  now(projection: ProjectionName): Promise<string>;
  /** False if `from` is not live any more: somebody else was faster. */
  flip(projection: ProjectionName, from: string, to: string): Promise<boolean>;
}

export const FIRST_VERSION = '1';
export const LIVE_CACHE_MS = 5000;

export function openLiveVersions(control: DynamoTable, nowMs: () => number = Date.now): LiveVersions {
  const cache = new Map<ProjectionName, { readonly version: Promise<string>; readonly atMs: number }>();

  async function now(projection: ProjectionName): Promise<string> {
    const item = await control.get({ pk: 'live', sk: projection });
    return typeof item?.['version'] === 'string' ? item['version'] : FIRST_VERSION;
  }

  return {
    now,
    live(projection) {
      const known = cache.get(projection);
      if (known !== undefined && nowMs() - known.atMs < LIVE_CACHE_MS) return known.version;
      const version = now(projection);
      cache.set(projection, { version, atMs: nowMs() });
      version.catch(() => cache.delete(projection));
      return version;
    },
    flip(projection, from, to) {
      cache.delete(projection);
      const names = { '#version': 'version' };
      const values = { ':from': from };
      const unknown = from === FIRST_VERSION ? 'attribute_not_exists(pk) OR ' : '';
      const condition = { expression: `${unknown}#version = :from`, names, values };
      return control.put({ pk: 'live', sk: projection, version: to, before: from }, condition);
    },
  };
}
