import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalog } from '../../../events/catalog.ts';
import { planFreezing, type AnyDefinition } from '../../../schema-registry/check/freezing.ts';
import type { FrozenEvent } from '../../../schema-registry/check/frozen-version.ts';
import { pastVersions } from '../../../schema-registry/past-versions.ts';
import { exitCodes } from '../failure.ts';
import { makeFolder } from '../../../adapters/disk/made-folder.ts';
import { unwritable } from '../unwritable.ts';
import { keyOf, LOCK, readRegistryFolder, REGISTRY_ROOT } from '../../schema-files/registry-folder.ts';
import { sha256Of } from '../../schema-files/registry-json.ts';
import { type Lock, unlockedSamples, withSamples } from '../../schema-files/sample-lock.ts';
import { plural } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface FreezeOptions {
  /** Default: the folder of this project. */
  readonly folder?: string;
}

/** Writes all versions that are not frozen yet, and locks samples that were added by hand; 1 if something must not be
 *  frozen. */
export async function freezeSchemas(
  { folder = REGISTRY_ROOT }: FreezeOptions,
  context: CommandContext,
): Promise<number> {
  const { frozen, lock } = readRegistryFolder(folder);
  const definitions = Object.values(catalog) as readonly unknown[] as readonly AnyDefinition[];
  const today = new Date().toISOString().slice(0, 10);
  const { writes, refusals } = planFreezing({ definitions, pastVersions, frozen, today });
  const added = unlockedSamples(frozen, lock);
  try {
    writeFrozen(folder, writes, writeLock(folder, lock, added));
  } catch (error) {
    throw unwritable(folder, error);
  }
  await tell({ writes, refusals, added }, context);
  return refusals.length > 0 ? exitCodes.failed : exitCodes.ok;
}

/** Adds new files only: nothing is overwritten, and existing samples stay. */
export function writeFrozen(root: string, events: readonly FrozenEvent[], lock: Lock): void {
  const files: Record<string, string> = {};
  for (const { frozen, samples } of events) {
    const key = keyOf(frozen);
    const file = join(root, 'frozen', key);
    const text = `${JSON.stringify(frozen, null, 2)}\n`;
    makeFolder(dirname(file));
    writeFileSync(file, text, { flag: 'wx' });
    writeFileSync(file.replace(/\.json$/, '.samples.json'), `${JSON.stringify({ samples }, null, 2)}\n`, {
      flag: 'wx',
    });
    files[key] = sha256Of(text);
  }
  writeLock(root, { ...lock, ...files }, events);
}

/** Returns the new lock. */
function writeLock(root: string, lock: Lock, sampled: readonly FrozenEvent[]): Lock {
  if (sampled.length === 0) return lock;
  const locked = withSamples(lock, sampled);
  const sorted = Object.entries(locked).toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  writeFileSync(join(root, LOCK), `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  return locked;
}

async function tell(
  { writes, refusals, added }: ReturnType<typeof planFreezing> & { readonly added: readonly FrozenEvent[] },
  { terminal, json }: CommandContext,
): Promise<void> {
  const written = writes.map(({ frozen: { type, version }, samples }) => ({ type, version, samples: samples.length }));
  const locked = added.map(({ frozen: { type, version }, samples }) => ({ type, version, samples: samples.length }));
  if (json) return terminal.print(JSON.stringify({ written, locked, refused: refusals }));
  const { green, red } = terminal.colors;
  for (const { type, version, samples } of written) {
    const lacks = samples === 0 ? '; it has no golden sample yet, which schema check requires' : '';
    await terminal.print(`${green('frozen')}  ${type} ${version} with ${plural(samples, 'sample')}${lacks}`);
  }
  for (const { type, version, samples } of locked)
    await terminal.print(`${green('locked')}  ${plural(samples, 'new sample')} of ${type} ${version}`);
  for (const { message } of refusals) await terminal.print(`${red('refused')} ${message}`);
  if (written.length + locked.length + refusals.length === 0) await terminal.print('Everything is already frozen.');
}
