import { catalog, eventTypes, isEventType } from '../../../events/catalog.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { Change, Comparison } from '../../../schema-registry/comparison/comparison.ts';
import type { AnyDefinition } from '../../../schema-registry/check/freezing.ts';
import { frozenVersionOf } from '../../../schema-registry/check/frozen-version.ts';
import { versionChanges } from '../../../schema-registry/check/version-changes.ts';
import { exitCodes } from '../failure.ts';
import { pastVersions } from '../../../schema-registry/past-versions.ts';
import { readRegistryFolder } from '../../schema-files/registry-folder.ts';
import { printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface DiffOptions {
  readonly type: string;
  /** A frozen version; default: the one before the current code's. */
  readonly from?: number;
  readonly folder?: string;
}

/** Prints the changes from a frozen version to the current code, and what they break. Informational: always 0. */
export async function diffSchema(
  { type, from, folder }: DiffOptions,
  { terminal, json }: CommandContext,
): Promise<number> {
  if (!isEventType(type))
    throw new FigtreeError(
      'REQUEST_INVALID',
      `${type} is not an event of the catalog; choose ${eventTypes.join(', ')}`,
    );
  const definition = catalog[type] as unknown as AnyDefinition;
  const frozen = readRegistryFolder(folder)
    .frozen.map((event) => event.frozen)
    .filter((each) => each.type === type);
  const now = frozenVersionOf(definition, new Date().toISOString().slice(0, 10));
  const before = from === undefined ? olderOf(frozen, now) : frozen.find(({ version }) => version === from);
  if (before === undefined) {
    const known = frozen.map(({ version }) => version).join(', ') || 'none';
    throw new FigtreeError('REQUEST_INVALID', `${type} ${from ?? ''} is not frozen; frozen versions: ${known}`);
  }
  const comparison = versionChanges(before, now);
  const about = { type, from: before.version, to: definition.version };
  await terminal.print(json ? JSON.stringify({ ...about, ...comparison }) : diffText(about, comparison));
  return exitCodes.ok;
}

// The version before this one; if there is only one, its frozen state.
function olderOf<Version extends { version: number; sha256: string }>(frozen: readonly Version[], now: Version) {
  const own = frozen.find(({ version }) => version === now.version);
  if (own !== undefined && own.sha256 !== now.sha256) return own;
  return frozen.findLast(({ version }) => version < now.version) ?? own;
}

function diffText({ type, from, to }: { type: string; from: number; to: number }, comparison: Comparison): string {
  const { changes, replay, subscribers } = comparison;
  const title = `${type} ${from} → ${from === to ? 'the current code' : to}`;
  if (changes.length === 0) return `${title}: no change.`;
  return [
    title,
    ...changes.flatMap(changeLines),
    '',
    `Replay: ${outcomeWords[replay]}${isUpcast({ type, from, to }) ? ', through upcasters' : ''}. Subscribers that run version ${from}: ${outcomeWords[subscribers]}.`,
  ].join('\n');
}

function isUpcast({ type, from, to }: { type: string; from: number; to: number }): boolean {
  const steps = pastVersions.filter((past) => past.type === type && past.version >= from && past.version < to);
  return from < to && steps.length === to - from;
}

const outcomeWords = { safe: 'safe', unproven: 'only real data can tell', breaks: 'broken' } as const;

function changeLines({ rule, message, remedy, replay, subscribers }: Change): string[] {
  const marks = [...(replay === 'safe' ? [] : ['replay']), ...(subscribers === 'safe' ? [] : ['subscribers'])];
  const breaks = marks.length === 0 ? '' : `  (${marks.join(', ')})`;
  return [
    `  ${rule}${breaks}`,
    `    ${printable(message)}.`,
    ...(marks.length === 0 ? [] : [`    Remedy: ${remedy}.`]),
  ];
}
