import { compareVersions, type Outcome, type VersionForm } from '../comparison/comparison.ts';
import { REGISTRY, type Finding } from './finding.ts';
import type { AnyDefinition } from './freezing.ts';
import { fileOf } from '../source-files.ts';
import { frozenForm, type DeclaredSubscriber, type FrozenVersion } from './frozen-version.ts';

export interface SubscriberVerdict {
  readonly name: string;
  readonly reads: number;
  readonly outcome: Outcome;
  /** What the subscriber receives and rejects, in a few words. */
  readonly refuses: readonly string[];
  readonly findings: readonly Finding[];
}

interface Input {
  readonly definition: AnyDefinition;
  readonly current: VersionForm;
  readonly sha256: string;
  readonly frozen: readonly FrozenVersion[];
  readonly subscribers: readonly DeclaredSubscriber[];
  /** Subscribers declared before, as `name type`; undefined if unknown. */
  readonly before: ReadonlySet<string> | undefined;
}

const file = `${REGISTRY}/subscribers.json`;

/** Whether subscribers that run a version can read what is published now. */
export function subscriberVerdicts(input: Input): SubscriberVerdict[] {
  const { type, compatibility } = input.definition;
  const allReaders = compatibility === 'full' ? input.frozen.map(readersOf) : [];
  return [...input.subscribers, ...allReaders].flatMap((subscriber) => {
    const reads = Object.hasOwn(subscriber.reads, type) ? subscriber.reads[type] : undefined;
    return reads === undefined ? [] : [verdictOf(subscriber, reads, input)];
  });
}

/** All readers of a version, declared or not. */
function readersOf({ type, version }: FrozenVersion): DeclaredSubscriber {
  return { name: `any reader of version ${version}`, owner: 'allReaders', reads: { [type]: version } };
}

function verdictOf({ name, owner }: DeclaredSubscriber, reads: number, input: Input): SubscriberVerdict {
  const { definition, current, sha256, frozen, before } = input;
  const { type, version } = definition;
  const about = { type, version, file, path: `${name}.reads.${type}` };
  const isNew =
    before !== undefined && !before.has(`${name} ${type}`) && input.subscribers.some((one) => one.name === name);
  const late = isNew ? lateSubscription(definition, name, about) : [];
  const old = frozen.find((each) => each.version === reads);
  if (old === undefined) {
    const unknown: Finding = {
      ...about,
      rule: 'SUBSCRIBER_VERSION_UNKNOWN',
      outcome: 'fails',
      message: `${name} is declared to read version ${reads} of ${type}, which was never frozen`,
      remedy: `ask ${owner} which version runs, and correct the entry`,
    };
    return { name, reads, outcome: 'unproven', refuses: [], findings: [...late, unknown] };
  }
  if (old.sha256 === sha256) return { name, reads, outcome: 'safe', refuses: [], findings: late };
  const { changes, subscribers } = compareVersions(frozenForm(old), current);
  const breaking = changes.filter((change) => change.subscribers !== 'safe');
  const findings = breaking.map(({ rule, path, message, subscribers: one }): Finding => ({
    type,
    version,
    file: fileOf(type),
    rule,
    outcome: one === 'breaks' ? 'fails' : 'warns',
    path,
    message: `${name} reads version ${reads}: ${message}`,
    remedy: `deploy ${name} with version ${version} first, then raise its entry in ${file}`,
  }));
  return {
    name,
    reads,
    outcome: subscribers,
    refuses: breaking.map(({ path, rule }) => `${path || 'the whole'} (${rule})`),
    findings: [...late, ...findings],
  };
}

/** New subscribers to a deprecated event. */
function lateSubscription(
  { type, deprecation }: AnyDefinition,
  name: string,
  about: Pick<Finding, 'type' | 'version' | 'file' | 'path'>,
): Finding[] {
  if (deprecation === undefined || deprecation.remaining?.includes(name) === true) return [];
  const { sunset, replacedBy = 'another event' } = deprecation;
  return [
    {
      ...about,
      rule: 'DEPRECATED_SUBSCRIBED',
      outcome: 'fails',
      message: `${name} is new and reads ${type}, which is deprecated and ends on ${sunset}`,
      remedy: `read ${replacedBy} instead, or name ${name} in \`deprecation.remaining\` if it was there before`,
    },
  ];
}

/** A consumer of this code. */
export interface Subscription {
  readonly consumer: string;
  readonly types: readonly string[];
}

/** Consumers of this code that subscribe to the event without being listed as remaining. */
export function lateConsumers(definition: AnyDefinition, subscriptions: readonly Subscription[]): Finding[] {
  const { type, version } = definition;
  const about = { type, version, file: fileOf(type), path: 'deprecation.remaining' };
  return subscriptions
    .filter(({ types }) => types.includes(type))
    .flatMap(({ consumer }) => lateSubscription(definition, consumer, about));
}

/** Subscribers that read something missing from the catalog. */
export function unknownReads(subscribers: readonly DeclaredSubscriber[], types: ReadonlySet<string>): Finding[] {
  return subscribers.flatMap(({ name, reads }) =>
    Object.keys(reads)
      .filter((type) => !types.has(type))
      .map((type): Finding => ({
        rule: 'SUBSCRIBER_EVENT_UNKNOWN',
        outcome: 'fails',
        type,
        file,
        path: `${name}.reads.${type}`,
        message: `${name} is declared to read ${type}, which is not an event of the catalog`,
        remedy: 'correct the name, or remove the entry',
      })),
  );
}
