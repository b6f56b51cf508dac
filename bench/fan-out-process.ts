import { buildProjection } from './load/build-projection.ts';

// Builds the feeds of a folder's log in a separate process, to measure its memory.
const [folder = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await buildProjection('feed', folder, Number.MAX_SAFE_INTEGER)));
