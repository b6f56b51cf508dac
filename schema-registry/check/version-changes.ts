import { compareVersions, type Comparison } from '../comparison/comparison.ts';
import { docChanges } from '../comparison/doc-changes.ts';
import { frozenForm, type FrozenVersion } from './frozen-version.ts';

/** A version as far as it is compared: a frozen one, or what the code has now. */
export type ComparedVersion = Pick<FrozenVersion, 'canonical' | 'published' | 'reader'>;

/** What has changed from one version to a later one, documentation included, and what it breaks. */
export function versionChanges(before: ComparedVersion, after: ComparedVersion): Comparison {
  const { replay, subscribers, changes } = compareVersions(frozenForm(before), frozenForm(after));
  return { replay, subscribers, changes: [...changes, ...docChanges(before.reader, after.reader)] };
}
