import type { ProjectionName } from '../../ports/progress.ts';
import type { DynamoTable } from '../../adapters/aws/dynamo/dynamo-table.ts';

/** The live version of each projection, which is the suffix of its tables. Stored in the control table, so that one
 *  write moves all functions to the next version. */
export interface LiveVersions {
  /** At most LIVE_CACHE_MS old, for functions that look it up with every batch. */
  live(projection: ProjectionName): Promise<string>;
  /** Read without the cache. */
  now(projection: ProjectionName): Promise<string>;
  /** False if `from` is no longer live: another process was faster. */
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
