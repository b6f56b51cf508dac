import { compareVersions, type Comparison } from '../comparison/comparison.ts';
import { docChanges } from '../comparison/doc-changes.ts';
import { frozenForm, type FrozenVersion } from './frozen-version.ts';

/** The compared part of a version: a frozen one, or the current code. */
export type ComparedVersion = Pick<FrozenVersion, 'canonical' | 'published' | 'reader'>;

/** The changes from one version to a later one, documentation included, and what they break. */
export function versionChanges(before: ComparedVersion, after: ComparedVersion): Comparison {
  const { replay, subscribers, changes } = compareVersions(frozenForm(before), frozenForm(after));
  return { replay, subscribers, changes: [...changes, ...docChanges(before.reader, after.reader)] };
}
