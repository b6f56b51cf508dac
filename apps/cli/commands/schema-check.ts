import { catalog } from '../../../events/catalog.ts';
import type { CatalogReport } from '../../../schema-registry/check/catalog-check.ts';
import type { Finding } from '../../../schema-registry/check/finding.ts';
import type { AnyDefinition } from '../../../schema-registry/check/freezing.ts';
import { pastVersions } from '../../../schema-registry/past-versions.ts';
import { shadowedKeys } from '../../../schema-registry/check/shadowed-keys.ts';
import { presentCode } from '../../../schema-registry/stored-reading.ts';
import { consumerSubscriptions } from '../../embedded/consumer-lineage.ts';
import { exitCodes } from '../failure.ts';
import type { CommandContext } from '../program.ts';
import { checkRegistry } from '../registry-check.ts';
import { REGISTRY_ROOT } from '../registry-folder.ts';
import { annotations, reportJson, reportText } from '../registry-report.ts';
import { scanStored, scanText } from './schema-scan.ts';

export interface CheckOptions {
  readonly folder?: string;
  readonly against?: string;
  /** A data folder, a log.db or an archive of events, whose every event is read as well; true for the data folder of the
   *  environment. */
  readonly againstLog?: string | true;
  /** Annotations for GitHub, one a line, before everything else. */
  readonly github?: true;
}

/** 0 if the catalog may be released, 1 if it may not. */
export async function checkSchemas(options: CheckOptions, context: CommandContext): Promise<number> {
  const { folder, against, againstLog, github } = options;
  const { terminal, interruption, json } = context;
  const stored = againstLog && (await scanStored(againstLog === true ? undefined : againstLog, context));
  const definitions = Object.values(catalog) as readonly unknown[] as readonly AnyDefinition[];
  const checked = checkRegistry({
    folder: folder ?? REGISTRY_ROOT,
    definitions,
    listed: catalog,
    pastVersions,
    // Asked only if it matters, because it takes the opening of every projection.
    subscriptions: definitions.some(({ deprecation }) => deprecation) ? consumerSubscriptions() : [],
    against,
    today: new Date().toISOString().slice(0, 10),
  });
  const report = withFindings(checked, stored ? shadowedKeys(stored.undeclared, presentCode) : []);
  if (github === true && !json) for (const line of annotations(report)) await terminal.print(line);
  if (json) await terminal.print(JSON.stringify({ ...reportJson(report), ...(stored && { stored }) }));
  else {
    if (stored) await terminal.print(`${scanText(stored, terminal)}\n`);
    await terminal.print(reportText(report, terminal.colors));
  }
  const ok = report.ok && (!stored || stored.failed === 0);
  return interruption.exitCode() ?? (ok ? exitCodes.ok : exitCodes.failed);
}

function withFindings(report: CatalogReport, more: readonly Finding[]): CatalogReport {
  const ok = report.ok && more.every(({ outcome }) => outcome !== 'fails');
  return { ...report, ok, findings: [...report.findings, ...more] };
}
