import { catalog } from '../../events/catalog.ts';
import type { CatalogSources } from '../../schema-registry/documents/catalog-sources.ts';
import type { Lineage } from '../../schema-registry/documents/lineage.ts';
import { pastVersions } from '../../schema-registry/past-versions.ts';
import { versionDifferences } from '../../schema-registry/documents/version-differences.ts';
import { readRegistryFolder } from '../schema-files/registry-folder.ts';

/** The sources of the documents of this code base's own catalog. The lineage comes from an engine, which runs its
 *  consumers to see what they read. Throws SCHEMA_DAMAGED if the frozen versions were modified. */
export function currentSources(lineage: Lineage): CatalogSources {
  const { frozen } = readRegistryFolder();
  const versions = { definitions: catalog, pastVersions, frozen };
  return { ...versions, differences: versionDifferences(versions), lineage };
}
