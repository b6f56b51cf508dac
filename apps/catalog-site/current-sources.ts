import { catalog } from '../../events/catalog.ts';
import type { CatalogSources } from '../../schema-registry/documents/catalog-sources.ts';
import { pastVersions } from '../../schema-registry/past-versions.ts';
import { presentCode } from '../../schema-registry/stored-reading.ts';
import { versionDifferences } from '../../schema-registry/documents/version-differences.ts';
import { readRegistryFolder } from '../cli/registry-folder.ts';
import { deriveLineage } from '../embedded/catalog/lineage.ts';

/** What the documents of this code base's own catalog are drawn from. Takes seconds, because it runs the consumers to see
 *  what they read. Throws SCHEMA_DAMAGED if the frozen versions are not as they were frozen. */
export async function currentSources(): Promise<CatalogSources> {
  const { frozen } = readRegistryFolder();
  const versions = { definitions: catalog, pastVersions, frozen };
  return { ...versions, differences: versionDifferences(versions), lineage: await deriveLineage(presentCode) };
}
