import { FigtreeError } from '../../../events/errors.ts';
import type { LogArchive } from '../../../ports/log-archive.ts';
import { parseManifest } from '../../shared/archive-manifest.ts';
import { openS3Objects, type S3Place } from './objects.ts';

const MANIFEST = 'manifest.json';

/** The archive of an embedded log in a bucket. */
export function openS3LogArchive(at: S3Place): LogArchive {
  const objects = openS3Objects(at);
  const { place } = objects;
  return {
    place,
    async manifest() {
      const bytes = await objects.get(MANIFEST);
      return bytes && parseManifest(new TextDecoder().decode(bytes), `${place}/${MANIFEST}`);
    },
    replaceManifest: (manifest) =>
      objects.put(MANIFEST, new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`)),
    put: objects.put,
    async get(name, expected) {
      const bytes = await objects.get(name, expected);
      const path = `${place}/${name}`;
      if (bytes === undefined) throw new FigtreeError('ARCHIVE_DAMAGED', `${path} is missing`, { path });
      if (expected === undefined || bytes.length === expected) return bytes;
      throw new FigtreeError('ARCHIVE_DAMAGED', `${path} does not have the size that the manifest says`, { path });
    },
    list: async () => (await objects.list('')).filter((name) => name !== MANIFEST),
    remove: objects.remove,
  };
}
