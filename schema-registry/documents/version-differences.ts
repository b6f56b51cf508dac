import type * as z from 'zod';
import type { PastSource, VersionDifferences } from './catalog-sources.ts';
import { compareVersions, type VersionForm } from '../comparison/comparison.ts';
import { describedSchema } from '../comparison/described-schema.ts';
import { frozenForm, type FrozenEvent } from '../check/frozen-version.ts';

interface Versions {
  readonly definitions: Readonly<
    Record<
      string,
      { readonly type: string; readonly version: number; readonly data: z.ZodObject; readonly writer: Writer }
    >
  >;
  readonly pastVersions: readonly PastSource[];
  readonly frozen: readonly FrozenEvent[];
}

type Writer = VersionForm['published'];

/** How each version of each event differs from the one before it. */
export function versionDifferences({ definitions, pastVersions, frozen }: Versions): VersionDifferences[] {
  return Object.values(definitions).flatMap(({ type, version: current, data: currentData, writer }) => {
    const formOf = (version: number): VersionForm | undefined => {
      // What was frozen is what was published, whatever the current code says.
      const found = frozen.find((event) => event.frozen.type === type && event.frozen.version === version);
      if (found !== undefined) return frozenForm(found.frozen);
      const past = pastVersions.find((each) => each.type === type && each.version === version);
      const data = version === current ? currentData : past?.data;
      return data && { canonical: describedSchema(data).canonical, published: writer };
    };
    const versions = Array.from({ length: Math.max(0, current - 1) }, (_, index) => index + 2);
    return versions.flatMap((version) => {
      const [before, after] = [formOf(version - 1), formOf(version)];
      if (before === undefined || after === undefined) return [];
      const { changes, replay, subscribers } = compareVersions(before, after);
      return [{ type, version, differences: changes, verdict: { replay, subscribers } }];
    });
  });
}
