import { catalog } from '../../events/catalog.ts';
import type { CatalogSources } from '../../schema-registry/documents/catalog-sources.ts';
import { pastVersions } from '../../schema-registry/past-versions.ts';
import { currentCode } from '../../schema-registry/stored-reading.ts';
import { versionDifferences } from '../../schema-registry/documents/version-differences.ts';
import { readRegistryFolder } from '../schema-files/registry-folder.ts';
import { deriveLineage } from '../embedded/catalog/lineage.ts';

/** The sources of the documents of this code base's own catalog. Takes seconds, because it runs the consumers to see
 *  what they read. Throws SCHEMA_DAMAGED if the frozen versions were modified. */
export async function currentSources(): Promise<CatalogSources> {
  const { frozen } = readRegistryFolder();
  const versions = { definitions: catalog, pastVersions, frozen };
  return { ...versions, differences: versionDifferences(versions), lineage: await deriveLineage(currentCode) };
}
