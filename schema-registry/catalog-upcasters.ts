import { catalog } from '../events/catalog.ts';
import { pastVersions } from './past-versions.ts';
import { createUpcasters, type Upcasters } from './upcasters.ts';

let upcasters: Upcasters | undefined;

/** The catalog's upcasters. The first call checks all of them, so processes make it before they open anything. */
export function catalogUpcasters(): Upcasters {
  return (upcasters ??= createUpcasters(catalog, pastVersions));
}
