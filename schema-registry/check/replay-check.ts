import { canonicalForm } from '../comparison/canonical-form.ts';
import {
  compareVersions,
  outcomeOf,
  writerOf,
  type Change,
  type Outcome,
  type VersionForm,
} from '../comparison/comparison.ts';
import { misfits } from '../comparison/containment.ts';
import { renderReader } from '../comparison/rendering.ts';
import { frozenFileOf, type Finding } from './finding.ts';
import type { AnyDefinition } from './freezing.ts';
import { fileOf, PAST_LIST, pastFileOf } from '../source-files.ts';
import { frozenForm, type FrozenVersion } from './frozen-version.ts';
import type { PastVersion } from '../past-version.ts';
import type { SampleProof } from './replay-proof.ts';
import { upcasterStub } from './upcaster-stub.ts';

export interface ReplayInput {
  readonly definition: AnyDefinition;
  readonly current: VersionForm;
  readonly sha256: string;
  readonly frozen: readonly FrozenVersion[];
  readonly past: readonly PastVersion[];
  readonly proofs: readonly SampleProof[];
}

export interface ReplayVerdict {
  readonly version: number;
  readonly outcome: Outcome;
  /** How events of that version are read. */
  readonly through: 'as they are' | 'upcasters';
  readonly changes: readonly Change[];
  /** To be completed, if an upcaster is required. */
  readonly stub?: string;
  readonly findings: readonly Finding[];
}

/** Whether everything ever stored of an event can still be read: each frozen version through its upcasters if it has
 *  them, which its golden samples prove; otherwise because the schemas are compatible. */
export function replayVerdicts(input: ReplayInput): ReplayVerdict[] {
  return input.frozen
    .filter((each) => each.version <= input.definition.version)
    .map((each) => (each.version === input.definition.version ? ofCurrent(each, input) : ofPast(each, input)));
}

function ofCurrent(own: FrozenVersion, input: ReplayInput): ReplayVerdict {
  const refused = sampleFindings(own, input);
  const { changes, replay } =
    own.sha256 === input.sha256
      ? { changes: [], replay: 'safe' as const }
      : compareVersions(frozenForm(own), input.current);
  const outcome = refused.length > 0 ? 'breaks' : replay;
  return { version: own.version, outcome, through: 'as they are', changes, findings: refused };
}

function ofPast(old: FrozenVersion, input: ReplayInput): ReplayVerdict {
  const { type, version } = old;
  const { changes, replay } = compareVersions(frozenForm(old), input.current);
  const missing = gapFrom(version, input);
  const refused = sampleFindings(old, input);
  if (missing === undefined) {
    const narrower = narrowerFindings(old, input);
    const outcome = refused.length + narrower.length > 0 ? 'breaks' : 'safe';
    return { version, outcome, through: 'upcasters', changes, findings: [...refused, ...narrower] };
  }
  const outcome = refused.length > 0 ? 'breaks' : replay;
  const about = { type, version, file: frozenFileOf(type, version) };
  const stub = missing === version ? { stub: stubOf(old, input) } : {};
  const says =
    replay === 'breaks'
      ? `events of version ${version} can no longer be read, and nothing upcasts them to version ${missing + 1}`
      : `events of version ${version} appear to be readable as they are, but no step declares it`;
  const step: Finding = {
    ...about,
    rule: 'UPCASTER_MISSING',
    outcome: 'fails',
    path: '',
    message: says,
    remedy: `add ${pastFileOf(type, missing)} with version ${missing} and its upcaster, and name it in ${PAST_LIST}`,
  };
  const breaks = changes.filter((change) => change.replay !== 'safe').map((change) => breakFinding(change, about));
  return { version, outcome, through: 'as they are', changes, ...stub, findings: [...breaks, step, ...refused] };
}

// The step leads to the next version, which is not always the current one.
function stubOf(old: FrozenVersion, { definition: { version: last }, current, frozen }: ReplayInput): string {
  const between = frozen.find((each) => each.version === old.version + 1 && each.version < last);
  const { changes } = compareVersions(frozenForm(old), between === undefined ? current : frozenForm(between));
  return upcasterStub(old, { changes, current: last });
}

function breakFinding(
  { rule, severity, path, message, remedy, replay }: Change,
  about: Pick<Finding, 'type' | 'version' | 'file'>,
) {
  const outcome = replay === 'breaks' && severity === 'error' ? ('fails' as const) : ('warns' as const);
  return { ...about, rule, outcome, path, message, remedy };
}

/** The first version on the way to the current one without an upcaster. */
function gapFrom(version: number, { definition, past }: ReplayInput): number | undefined {
  const steps = Array.from({ length: definition.version - version }, (_, index) => version + index);
  return steps.find((step) => !past.some((each) => each.version === step));
}

/** One for each cause, because one error in the code refuses many samples. */
function sampleFindings({ type, version }: FrozenVersion, { proofs }: ReplayInput): Finding[] {
  // A missing step is reported once and not for each sample.
  const refused = proofs.flatMap(({ version: of, sample, failure }) =>
    of !== version || failure === undefined || failure.step === 'version' ? [] : [{ sample, failure }],
  );
  const causes = Map.groupBy(refused, ({ failure: { at, path, message } }) => JSON.stringify([at, path, message]));
  return [...causes.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { at, path, message, remedy } = first.failure;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return [
      {
        rule: 'SAMPLE_REFUSED',
        outcome: 'fails' as const,
        type,
        version,
        file: frozenFileOf(type, version).replace(/\.json$/, '.samples.json'),
        path,
        message: `"${first.sample}"${more} cannot be read: ${at.type} ${at.version} refuses it with ${message}`,
        remedy,
      },
    ];
  });
}

// The code's schema of the old version must accept everything that the old version wrote.
function narrowerFindings(old: FrozenVersion, { past }: ReplayInput): Finding[] {
  const { type, version } = old;
  const code = past.find((each) => each.version === version);
  if (code === undefined) return [];
  const found = misfits(writerOf(frozenForm(old)), canonicalForm(renderReader(code.data), 'reader'));
  if (outcomeOf(found) !== 'breaks') return [];
  return found.map(({ path, says }) => ({
    rule: 'PAST_VERSION_NARROWER',
    outcome: 'fails',
    type,
    version,
    file: pastFileOf(type, version),
    path,
    message: `version ${version} was frozen with more than its code accepts: ${says}`,
    remedy: `restore the schema of ${type} ${version} to what ${frozenFileOf(type, version)} contains`,
  }));
}

export function schemaChanged({ definition, sha256, frozen }: ReplayInput, changes: readonly Change[]): Finding[] {
  const { type, version, status } = definition;
  const own = frozen.find((each) => each.version === version);
  const file = fileOf(type);
  const newest = Math.max(0, ...frozen.map((each) => each.version));
  if (newest > version)
    return [
      {
        rule: 'VERSION_WENT_BACK',
        outcome: 'fails',
        type,
        version,
        file,
        path: 'version',
        message: `${type} has version ${version}, but version ${newest} is frozen: the log may contain it`,
        remedy: `set \`version\` back to ${newest}, or raise it above that`,
      },
    ];
  // freeze skips drafts; a version that is not one is reported separately.
  if (own === undefined && status === 'draft') return [];
  if (own === undefined)
    return [
      {
        rule: 'VERSION_NOT_FROZEN',
        outcome: 'fails',
        type,
        version,
        file,
        path: 'version',
        message: `version ${version} of ${type} is not frozen`,
        remedy: 'run figtree schema freeze and commit what it writes',
      },
    ];
  if (own.sha256 === sha256) return [];
  const named = changes.map(({ rule, path }) => `${rule} at ${path || 'the whole'}`).join(', ');
  return [
    {
      rule: 'SCHEMA_CHANGED',
      outcome: 'fails',
      type,
      version,
      file,
      path: changes[0]?.path ?? '',
      message: `version ${version} of ${type} has been frozen since ${own.frozenOn}, but its schema has changed: ${named}`,
      remedy: `raise \`version\` to ${version + 1} in ${file} and run figtree schema freeze`,
    },
  ];
}
