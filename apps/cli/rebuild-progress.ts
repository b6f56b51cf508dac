import type { RebuildState } from '../../engine/rebuild/state.ts';
import type { RebuildProgress } from '../../engine/rebuild/rebuilds.ts';
import { ofTotal, openProgressBars } from './progress-bars.ts';
import type { Terminal } from './terminal.ts';
import { formatCount, formatSeconds } from './text-format.ts';

const DRAW_EVERY_MS = 80;
const LINE_EVERY_MS = 200;

/** A bar for each projection on a terminal; with `json` an occasional line on stdout. */
export async function followRebuild(state: RebuildState, terminal: Terminal, json: boolean) {
  const bars = await openProgressBars(terminal);
  const drawn = new Map(state.projections.map(({ name }) => [name, bars.add(name)]));
  const latest = new Map<string, RebuildProgress>();
  const draw = () => {
    for (const seen of latest.values()) {
      drawn.get(seen.projection)?.update(seen.position, seen.target || undefined, noteOf(seen));
    }
  };
  // The projection that was reported longest ago is first.
  const printOne = () => {
    const [next] = latest.values();
    if (next === undefined) return;
    latest.delete(next.projection);
    void terminal.print(JSON.stringify(next));
  };
  const timer = json
    ? setInterval(printOne, LINE_EVERY_MS)
    : terminal.interactive
      ? setInterval(draw, DRAW_EVERY_MS)
      : undefined;
  return {
    progress: (seen: RebuildProgress) => void latest.set(seen.projection, seen),
    stop() {
      clearInterval(timer);
      bars.stop();
    },
  };
}

function noteOf({ stage, position, target, eventsPerSecond, etaSeconds }: RebuildProgress): string {
  // Before it knows the length of the log.
  if (target === 0) return stage;
  const speed = eventsPerSecond > 0 ? `, ${formatCount(eventsPerSecond)}/s` : '';
  const left = etaSeconds === undefined || etaSeconds === 0 ? '' : `, ${formatSeconds(etaSeconds)} left`;
  return `${stage} ${ofTotal(position, target)}${speed}${left}`;
}
