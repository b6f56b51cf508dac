import type { Engine } from '../../engine/engine.ts';
import { plural } from './text-format.ts';

/** How many events wait, in all projections, because a consumer failed on them. */
export async function parkedEvents(engine: Pick<Engine, 'status'>): Promise<number> {
  const { projections } = await engine.status();
  return projections.reduce((sum, { parked }) => sum + parked, 0);
}

/** For a person, who would take the events for handled. */
export function parkedText(parked: number): string {
  return `${plural(parked, 'event')} parked: a consumer failed and will retry. See figtree parked list.`;
}
