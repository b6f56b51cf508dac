import type { PastVersion } from './past-version.ts';
import { yublPosted1 } from './past/yubl-posted-1.ts';

/** Every version that was ever published and is not the current one. */
export const pastVersions: readonly PastVersion[] = [yublPosted1];
