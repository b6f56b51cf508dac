import { join } from 'node:path';
import { eventTypes } from '../../../events/catalog.ts';
import { catalogFiles } from '../../catalog-site/catalog-files.ts';
import { currentSources } from '../../catalog-site/current-sources.ts';
import { currentLineage } from '../engines/lineage.ts';
import { writeDocuments } from '../documents-folder.ts';
import { exitCodes } from '../failure.ts';
import { plural, printable } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

/** Needs no data folder: everything comes from the code. */
export async function schemaDocs({ out }: { readonly out: string }, context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const files = await catalogFiles(currentSources(await currentLineage()));
  writeDocuments(out, files);
  const start = join(out, 'index.html');
  const report = { folder: out, start, events: eventTypes.length, files: files.size };
  const text = `${plural(report.files, 'file')} about ${plural(report.events, 'event')}. Open ${printable(start)}`;
  await terminal.print(json ? JSON.stringify(report) : text);
  return exitCodes.ok;
}
