import { catalog } from '../../../events/catalog.ts';
import type { AnyDefinition } from '../../../schema-registry/check/freezing.ts';
import { pastVersions } from '../../../schema-registry/past-versions.ts';
import { storedFindings } from '../../../schema-registry/check/stored-findings.ts';
import { currentCode } from '../../../schema-registry/stored-reading.ts';
import { currentSubscriptions } from '../engines/lineage.ts';
import { exitCodes } from '../failure.ts';
import { checkRegistry } from '../registry-check.ts';
import { existingFolder, REGISTRY_ROOT } from '../../schema-files/registry-folder.ts';
import { annotations, reportJson, reportText } from '../registry-report.ts';
import { scanStored, scanText } from './schema-scan.ts';
import type { CommandContext } from '../command-context.ts';

export interface CheckOptions {
  readonly folder?: string;
  readonly against?: string;
  /** A data folder, a log.db or an archive of events, whose every event is read as well; true for the data folder of
   *  the environment. */
  readonly againstLog?: string | true;
  /** Prints annotations for GitHub, one per line, before everything else; with JSON they go to stderr. */
  readonly github?: true;
}

/** 0 if the catalog may be released, 1 if it may not. */
export async function checkSchemas(options: CheckOptions, context: CommandContext): Promise<number> {
  const { folder, against, againstLog, github } = options;
  const { terminal, interruption, json } = context;
  const stored = againstLog && (await scanStored(againstLog === true ? undefined : againstLog, context));
  const definitions = Object.values(catalog) as readonly unknown[] as readonly AnyDefinition[];
  const report = checkRegistry({
    folder: folder === undefined ? REGISTRY_ROOT : existingFolder(folder),
    definitions,
    listed: catalog,
    pastVersions,
    // Only if needed, because it opens every projection.
    subscriptions: definitions.some(({ deprecation }) => deprecation) ? await currentSubscriptions() : [],
    against,
    stored: stored ? storedFindings(stored, currentCode) : [],
    today: new Date().toISOString().slice(0, 10),
  });
  // With --json stdout is one document; GitHub reads both streams.
  if (github === true)
    for (const line of annotations(report)) await (json ? terminal.note(line) : terminal.print(line));
  if (json) await terminal.print(JSON.stringify({ ...reportJson(report), ...(stored && { stored }) }));
  else {
    if (stored) await terminal.print(`${scanText(stored, terminal)}\n`);
    await terminal.print(reportText(report, terminal.colors));
  }
  return interruption.exitCode() ?? (report.ok ? exitCodes.ok : exitCodes.failed);
}
