import type { Engine } from '../../engine/engine.ts';
import { plural } from './text-format.ts';

/** The number of parked events, in all projections. */
export async function parkedEvents(engine: Pick<Engine, 'status'>): Promise<number> {
  const { projections } = await engine.status();
  return projections.reduce((sum, { parked }) => sum + parked, 0);
}

/** A warning for people, who might assume that the events were handled. */
export function parkedText(parked: number): string {
  return `${plural(parked, 'event')} parked: a consumer failed and will retry. See figtree parked list.`;
}
