import type { PastVersion } from './past-version.ts';

/** Every version that was ever published and is not the current one. */
export const pastVersions: readonly PastVersion[] = [];
