import type { Config } from '../config.ts';

/** The configuration from the environment. Throws CONFIG_INVALID. */
export async function readConfig(): Promise<Config> {
  const { parseConfig } = await import('../config.ts');
  return parseConfig(process.env);
}
