import { projectionNames } from '../projections/registry.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ImportTotals } from './import-run.ts';
import type { ImportSource } from '../import-source.ts';
import { ofTotal, openProgressBars } from './progress-bars.ts';
import type { Terminal } from './terminal.ts';
import { formatCount } from './text-format.ts';

const DRAW_EVERY_MS = 80;

interface FollowedImport {
  readonly engine: Engine;
  readonly source: ImportSource;
  readonly totals: ImportTotals;
  readonly terminal: Terminal;
}

/** A bar for reading and one for each projection, drawn until `stop`. */
export async function followImport({ engine, source, totals, terminal }: FollowedImport) {
  const bars = await openProgressBars(terminal);
  const reading = bars.add('read');
  const projections = projectionNames.map((name) => ({ name, bar: bars.add(name) }));
  let ended = false;

  const draw = () => {
    const { bytesTotal } = source;
    const done = ended && bytesTotal !== undefined ? bytesTotal : source.bytesRead();
    reading.update(done, bytesTotal, `${formatCount(totals.read)} lines`);
    const head = engine.progress.head();
    for (const { name, bar } of projections) {
      const position = engine.progress.position(name);
      bar.update(position, head, ofTotal(position, head));
    }
  };
  const timer = terminal.interactive ? setInterval(draw, DRAW_EVERY_MS) : undefined;

  return {
    readingEnded: () => void (ended = true),
    stop() {
      clearInterval(timer);
      bars.stop();
    },
  };
}
