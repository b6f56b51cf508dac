import { describedSchema, type DescribedSchema } from '../comparison/described-schema.ts';
import type { Change, VersionForm } from '../comparison/comparison.ts';
import { definitionFindings } from './definition-check.ts';
import { historyFindings } from './field-history.ts';
import { frozenFileOf, type Finding } from './finding.ts';
import type { AnyDefinition } from './freezing.ts';
import { fileOf } from '../source-files.ts';
import type { DeclaredSubscriber, FrozenEvent, Waiver } from './frozen-version.ts';
import type { PastVersion } from '../past-version.ts';
import { type Definitions, flawsOf, isGap } from '../sound-versions.ts';
import { payloadFindings } from './payload-lint.ts';
import { personalKeyFindings } from './personal-keys.ts';
import { renderingDrift, type RenderingDrift } from './rendering-drift.ts';
import { replayVerdicts, schemaChanged, type ReplayVerdict } from './replay-check.ts';
import { proveReplay, type ReplayProof } from './replay-proof.ts';
import {
  lateConsumers,
  unknownReads,
  type Subscription,
  subscriberVerdicts,
  type SubscriberVerdict,
} from './subscriber-check.ts';
import { waived } from './waivers.ts';

export interface CheckInput {
  readonly definitions: readonly AnyDefinition[];
  /** The same under the names by which the catalog lists them; absent: each under its own. */
  readonly listed?: Definitions;
  readonly pastVersions: readonly PastVersion[];
  readonly frozen: readonly FrozenEvent[];
  readonly subscribers: readonly DeclaredSubscriber[];
  /** What the consumers of this code subscribe to. */
  readonly subscriptions?: readonly Subscription[];
  readonly waivers: readonly Waiver[];
  /** Problems of the files themselves. */
  readonly damages: readonly Finding[];
  /** The findings from reading stored events. */
  readonly stored?: readonly Finding[];
  /** The subscribers declared in the state that this one is compared with, as `name type`. */
  readonly subscribedBefore?: ReadonlySet<string>;
  /** YYYY-MM-DD */
  readonly today: string;
}

export interface EventVerdict {
  readonly type: string;
  readonly version: number;
  readonly replay: readonly ReplayVerdict[];
  readonly subscribers: readonly SubscriberVerdict[];
  /** Against the frozen version itself if the schema was changed, else against the version before. */
  readonly changes: readonly Change[];
}

export interface CatalogReport {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly events: readonly EventVerdict[];
  readonly proof: ReplayProof;
  readonly drift: RenderingDrift | undefined;
}

/** Everything that must hold before a catalog is released. Depends on its input only. */
export function checkCatalog(input: CheckInput): CatalogReport {
  const { definitions, pastVersions, frozen, subscribers, waivers, damages, today } = input;
  const known = new Set(frozen.map((event) => event.frozen.type));
  // A draft that was ever frozen may be in a log, whatever its current status.
  const active = definitions.filter(({ status, type }) => status !== 'draft' || known.has(type));
  const byType = new Map(active.map((definition) => [definition.type, definition]));
  const proof = proveReplay(
    frozen.filter((event) => byType.has(event.frozen.type)),
    { current: byType, past: pastVersions },
  );
  const judged = [...byType.values()].map((definition) => checkEvent(definition, input, proof));
  const types = new Set(definitions.map(({ type }) => type));
  const ofEvents = judged.flatMap((each) => each.findings);
  const findings = [
    ...damages,
    ...duplicates(definitions),
    ...unsound(input, ofEvents),
    ...ofEvents,
    ...vanished(frozen, types),
    ...unknownReads(subscribers, types),
    ...(input.stored ?? []),
  ];
  const all = waived(findings, waivers, today);
  return {
    ok: all.every((finding) => finding.outcome !== 'fails'),
    findings: all,
    events: judged.map((each) => each.verdict),
    proof,
    drift: renderingDrift(
      active,
      frozen.map((event) => event.frozen),
    ),
  };
}

function checkEvent(
  definition: AnyDefinition,
  input: CheckInput,
  proof: ReplayProof,
): { verdict: EventVerdict; findings: Finding[] } {
  const { type, version } = definition;
  const described: DescribedSchema = describedSchema(definition.data);
  const current: VersionForm = { canonical: described.canonical, published: definition.writer };
  const { sha256 } = described;
  const events = input.frozen.filter((event) => event.frozen.type === type);
  const frozen = events.map((event) => event.frozen);
  const past = input.pastVersions.filter((each) => each.type === type);
  const proofs = proof.proofs.filter((each) => each.type === type);
  const replayInput = { definition, current, sha256, frozen, past, proofs };
  const replay = replayVerdicts(replayInput);
  const { subscribers: declared, subscribedBefore: before } = input;
  const subscribers = subscriberVerdicts({ definition, current, sha256, frozen, subscribers: declared, before });
  const own = replay.find((each) => each.version === version);
  const changes =
    own === undefined || own.changes.length === 0
      ? (replay.findLast((each) => each.version < version)?.changes ?? [])
      : own.changes;
  const samples = [
    ...definition.examples,
    ...events
      .filter((event) => event.frozen.version === version)
      .flatMap((event) => event.samples.map(({ data }) => data)),
  ];
  return {
    verdict: { type, version, replay, subscribers, changes },
    findings: [
      ...frozenDraft(definition),
      ...definitionFindings(definition),
      ...schemaChanged(replayInput, own?.changes ?? []),
      ...replay.flatMap((each) => each.findings),
      ...subscribers.flatMap((each) => each.findings),
      ...lateConsumers(definition, input.subscriptions ?? []),
      ...historyFindings(definition, current.canonical.reader, frozen),
      ...payloadFindings(definition, current),
      ...personalKeyFindings(definition, samples),
    ],
  };
}

/** Errors that prevent startup and that the events themselves do not reveal. */
function unsound({ definitions, listed, pastVersions }: CheckInput, told: readonly Finding[]): Finding[] {
  const named = listed ?? Object.fromEntries(definitions.map((definition) => [definition.type, definition]));
  const missing = told.filter(({ rule }) => rule === 'UPCASTER_MISSING');
  return flawsOf(named, pastVersions)
    .filter(
      (flaw) => !missing.some(({ type, version }) => isGap(flaw) && flaw.type === type && flaw.version === version),
    )
    .map((flaw) => ({ rule: 'CATALOG_UNSOUND', outcome: 'fails', ...flaw }));
}

function frozenDraft({ type, version, status }: AnyDefinition): Finding[] {
  if (status !== 'draft') return [];
  return [
    {
      rule: 'DRAFT_WAS_FROZEN',
      outcome: 'fails',
      type,
      version,
      file: fileOf(type),
      path: 'status',
      message: `${type} is a draft but was frozen before: a log may contain its events`,
      remedy: 'remove the status, or draft the change as an event with another name',
    },
  ];
}

function duplicates(definitions: readonly AnyDefinition[]): Finding[] {
  const seen = new Set<string>();
  return definitions.flatMap(({ type, version }) => {
    if (!seen.has(type)) {
      seen.add(type);
      return [];
    }
    return [
      {
        rule: 'EVENT_NAME_TAKEN',
        outcome: 'fails' as const,
        type,
        version,
        file: 'events/catalog.ts',
        path: 'type',
        message: `two events of the catalog are named ${type}`,
        remedy: `give one of them another name in ${fileOf(type)}`,
      },
    ];
  });
}

// The log keeps every event ever published.
function vanished(frozen: readonly FrozenEvent[], types: ReadonlySet<string>): Finding[] {
  const gone = new Map(
    frozen.filter((event) => !types.has(event.frozen.type)).map((event) => [event.frozen.type, event.frozen]),
  );
  return [...gone.values()].map(({ type, version }) => ({
    rule: 'EVENT_REMOVED',
    outcome: 'fails',
    type,
    version,
    file: frozenFileOf(type, version),
    path: 'type',
    message: `${type} is no longer in the catalog, but the log may contain it`,
    remedy: `keep ${fileOf(type)} with a deprecation`,
  }));
}
