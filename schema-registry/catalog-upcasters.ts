import { catalog } from '../events/catalog.ts';
import { pastVersions } from './past-versions.ts';
import { createUpcasters, type Upcasters } from './upcasters.ts';

let upcasters: Upcasters | undefined;

/** Those of the catalog. The first call checks them all: whoever starts a process makes it before anything is opened. */
export function catalogUpcasters(): Upcasters {
  return (upcasters ??= createUpcasters(catalog, pastVersions));
}
