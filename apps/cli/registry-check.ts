import { defined } from '../../events/defined.ts';
import { checkCatalog, type CatalogReport } from '../../schema-registry/check/catalog-check.ts';
import { REGISTRY, type Finding } from '../../schema-registry/check/finding.ts';
import type { AnyDefinition } from '../../schema-registry/check/freezing.ts';
import type { Definitions } from '../../schema-registry/sound-versions.ts';
import type { PastVersion } from '../../schema-registry/past-version.ts';
import type { Subscription } from '../../schema-registry/check/subscriber-check.ts';
import { registryBaseline } from './registry-baseline.ts';
import { inspectRegistryFolder } from '../schema-files/registry-folder.ts';
import type { FileDamage } from '../schema-files/registry-json.ts';

export interface RegistryCheck {
  readonly folder: string;
  readonly definitions: readonly AnyDefinition[];
  /** The same under the names by which the catalog lists them. */
  readonly listed?: Definitions;
  readonly pastVersions: readonly PastVersion[];
  readonly subscriptions?: readonly Subscription[];
  /** A state of the repository to compare with. */
  readonly against?: string | undefined;
  /** Findings from reading stored events. */
  readonly stored?: readonly Finding[];
  /** YYYY-MM-DD */
  readonly today: string;
}

/** Reads a folder and checks a catalog against it. Needs no network and no data. */
export function checkRegistry({
  folder: root,
  definitions,
  listed,
  pastVersions,
  subscriptions = [],
  against,
  stored = [],
  today,
}: RegistryCheck): CatalogReport {
  const { folder, damages } = inspectRegistryFolder(root);
  const baseline = against === undefined ? undefined : registryBaseline(root, against, folder.frozen);
  const all = [...damages, ...(baseline?.damages ?? [])];
  // Samples are reported one by one; a frozen file is reported once, wherever in it the damage was found.
  const keyOf = ({ rule, file, path }: FileDamage) => `${rule} ${file} ${rule.startsWith('SAMPLES') ? path : ''}`;
  const once = new Map(all.map((damage) => [keyOf(damage), damage]));
  return checkCatalog({
    definitions,
    ...defined({ listed }),
    pastVersions,
    frozen: folder.frozen,
    subscribers: folder.subscribers,
    subscriptions,
    waivers: folder.waivers,
    damages: [...once.values()].map(findingOf),
    stored,
    ...(baseline !== undefined && { subscribedBefore: baseline.subscribed }),
    today,
  });
}

function findingOf({ rule, file, path, message, remedy }: FileDamage): Finding {
  const [, type = '', version = ''] = /^frozen\/(.+)\/([0-9]+)\./.exec(file) ?? [];
  return {
    rule,
    outcome: 'fails',
    type,
    ...(version !== '' && { version: Number(version) }),
    file: `${REGISTRY}/${file}`,
    path,
    message: `${file} ${message}`,
    remedy,
  };
}
