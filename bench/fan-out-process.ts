import { buildProjection } from './load/build-projection.ts';

// Builds the feeds of a folder's log in a process of its own, so that its memory is its own as well.
const [folder = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await buildProjection('feed', folder, Number.MAX_SAFE_INTEGER)));
