import { fileURLToPath } from 'node:url';
import { FigtreeError } from '../../../events/errors.ts';
import { ndjsonBatches } from '../../../producers/ndjson-lines.ts';
import type { Engine } from '../../../engine/engine.ts';
import { summarize } from '../demo-summary.ts';
import { demoText, tryText } from '../demo-text.ts';
import { exitCodes } from '../failure.ts';
import { noTotals } from '../import-run.ts';
import { openImportSource } from '../../import-source.ts';
import { interrupted } from '../interruption.ts';
import { openDataForWriting } from '../engines/open-data.ts';
import { runImport } from './import.ts';
import type { CommandContext } from '../command-context.ts';

const SAMPLE = fileURLToPath(new URL('../../../samples/irc-2016.changes.ndjson.gz', import.meta.url));

/** The main job on real input. A second run finds everything imported. */
export async function demo({ exit }: { exit: boolean }, context: CommandContext): Promise<number> {
  const { terminal, interruption, json } = context;
  const { config, engine, logger, drawSite } = await openDataForWriting(exit ? 'command' : 'quiet server');
  try {
    await requireOwnFolder(engine, config.data);
    const source = await openImportSource(SAMPLE);
    const options = { as: 'legacy', wait: true } as const;
    const imported = await runImport({ engine, source, options, totals: noTotals(), context });
    const ended = interruption.exitCode();
    if (ended !== undefined) {
      terminal.note('Stopped. What was imported is kept; run the same command to continue.');
      return ended;
    }
    const summary = await summarize(engine, { folder: config.data, import: imported });
    if (!json) await terminal.print(demoText(summary, terminal));
    else if (exit) await terminal.print(JSON.stringify(summary));
    if (exit) return exitCodes.ok;

    const { openServer } = await import('../../server/server.ts');
    const server = await openServer({ config, engine, log: logger, drawSite });
    try {
      await terminal.print(
        json ? JSON.stringify({ ...summary, url: server.url }) : tryText(summary, server.url, terminal),
      );
      await interrupted(interruption);
    } finally {
      await server.close();
    }
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

// The log is append-only, so the demo's events would stay in a user's own data.
async function requireOwnFolder({ log }: Engine, folder: string): Promise<void> {
  const [first] = (await log.read({ after: 0, limit: 1 })).events;
  if (first === undefined || first.subject === (await firstSubjectOfSample())) return;
  throw new FigtreeError(
    'CONFIG_INVALID',
    `FIGTREE_DATA is ${folder}, which contains data other than the demo's; use FIGTREE_DATA=.figtree/demo instead`,
    { variable: 'FIGTREE_DATA' },
  );
}

// Its first change creates a user, whose id is the first id in it.
const OBJECT_ID = /"\$oid":"([0-9a-f]{24})"/;

async function firstSubjectOfSample(): Promise<string | undefined> {
  const source = await openImportSource(SAMPLE);
  try {
    for await (const [line] of ndjsonBatches(source.bytes, { linesMax: 1 })) {
      return OBJECT_ID.exec(line?.text ?? '')?.[1];
    }
    return undefined;
  } finally {
    source.close();
  }
}
