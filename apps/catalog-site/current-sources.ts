import { catalog } from '../../events/catalog.ts';
import type { CatalogSources } from '../../schema-registry/catalog-sources.ts';
import { pastVersions } from '../../schema-registry/past-versions.ts';

/** What the documents of this code base's own catalog are drawn from. */
export function currentSources(): CatalogSources {
  return { definitions: catalog, pastVersions };
}
