/** The version of its tables. By itself, so that the registry loads no store for it. */
export const ACTIVITY_VERSION = 1;
