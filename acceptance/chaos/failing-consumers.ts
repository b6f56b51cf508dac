import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventType } from '../../events/catalog.ts';
import type { RecordedEvent } from '../../events/envelope.ts';
import type { Planted } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import type { Fault, Stage } from './fault.ts';
import { type ChaosInput, smallInput } from './input.ts';
import { FAILING_PLAN, type FailingPlan, hits } from './planted/failing-plan.ts';
import { command, type RunningServer, serve } from './server.ts';
import { expectWhole, type ParkedModel, type ProjectionName } from './whole-folder.ts';

export const someEventsFail: Fault = {
  name: 'consumer-fails-at-some',
  title: 'a consumer that throws for some events stops their keys alone, and has all of them later',
  play: (stage) => parkAndMend(stage, () => ({ share: stage.short ? 0.03 : 0.01 })),
};

export const oneKeyFails: Fault = {
  name: 'consumer-fails-at-a-key',
  title: 'a consumer that throws for one key stops that key alone, and has all of it later',
  play: (stage) =>
    parkAndMend(stage, ({ queues }, types) => {
      const keys = Map.groupBy(
        queues.flat().filter(({ type }) => types.includes(type)),
        ({ partitionkey }) => partitionkey,
      );
      // One of the users with most events.
      const most = [...keys].toSorted(([, a], [, b]) => b.length - a.length).slice(0, 5);
      const [key] = most[Math.floor(stage.random() * most.length)] ?? [''];
      return { key };
    }),
};

export const everythingFails: Fault = {
  name: 'consumer-fails-at-everything',
  title: 'a consumer that throws for everything for a while pauses, parks nothing for good, and goes on by itself',
  async play(stage) {
    const input = smallInput(stage);
    const { consumer } = drawConsumer(stage);
    const plan = planOf(stage, { consumer, share: 1 });
    const server = await serve(stage.folder, plantedBy(plan));
    const client = chaosClient(input, stage.random);
    const importing = client.post(server.url);
    await server.until('a projection has stopped', ({ projections }) =>
      projections.some(({ state }) => state === 'stopped'),
    );
    await importing;
    stage.print(`${consumer} fails at everything: ${JSON.stringify(await summary(server))}`);
    rmSync(plan.whileThere);
    await server.until('all is handled', ({ projections }) =>
      projections.every(({ lagEvents, parked, state }) => lagEvents === 0 && parked === 0 && state === 'live'),
    );
    await server.end();
    await importFile(stage, input);
    await expectWhole(stage.folder, input);
  },
};

type Failing = Pick<FailingPlan, 'share' | 'key'>;

async function parkAndMend(
  stage: Stage,
  draw: (input: ChaosInput, types: readonly EventType[]) => Failing,
): Promise<void> {
  const input = smallInput(stage);
  const chosen = drawConsumer(stage);
  const plan = planOf(stage, { consumer: chosen.consumer, ...draw(input, chosen.types) });
  await parkSome(stage, { input, plan, projection: chosen.projection });
  await mend(stage, plan);
  await expectWhole(stage.folder, input);
}

interface Parking {
  readonly input: ChaosInput;
  readonly plan: FailingPlan;
  readonly projection: ProjectionName;
}

/** Ingests everything while the consumer fails, and checks that exactly the right events are parked. */
export async function parkSome(stage: Stage, { input, plan, projection }: Parking): Promise<void> {
  await importFile(stage, input);
  const server = await serve(stage.folder, plantedBy(plan));
  await chaosClient(input, stage.random).post(server.url);
  await server.caughtUp();
  stage.print(`${plan.consumer} fails: ${JSON.stringify(await summary(server))}`);
  await server.end();
  await expectWhole(stage.folder, input, { parked: parkedBy(plan, projection, input) });
}

/** The cause that stopped a key is gone, and a start is a new chance for it. */
async function mend(stage: Stage, plan: FailingPlan): Promise<void> {
  rmSync(plan.whileThere);
  const server = await serve(stage.folder);
  await server.until('nothing is parked', ({ projections }) => projections.every(({ parked }) => parked === 0));
  await server.end();
}

/** The part imported as a file: the consumer does not fail there. */
async function importFile({ root, folder }: Stage, { imported }: ChaosInput): Promise<void> {
  const file = join(root, 'imported.ndjson');
  writeFileSync(file, `${imported.join('\n')}\n`);
  await command(folder, ['import', file]);
}

interface ChosenConsumer {
  readonly consumer: string;
  readonly projection: ProjectionName;
  readonly types: readonly EventType[];
}

const CONSUMERS: readonly ChosenConsumer[] = [
  {
    consumer: 'track-relationships',
    projection: 'relationships',
    types: ['user-joined', 'user-profile-updated', 'user-left', 'followed', 'unfollowed'],
  },
  {
    consumer: 'index-search',
    projection: 'search',
    types: ['user-joined', 'user-profile-updated', 'user-left', 'yubl-posted', 'yubl-deleted'],
  },
  { consumer: 'maintain-feed', projection: 'feed', types: ['followed', 'unfollowed', 'yubl-deleted', 'user-left'] },
  { consumer: 'distribute-yubl', projection: 'feed', types: ['yubl-posted'] },
];

export function drawConsumer({ random }: Stage): ChosenConsumer {
  const drawn = CONSUMERS[Math.floor(random() * CONSUMERS.length)];
  if (drawn === undefined) throw new Error('there is no consumer');
  return drawn;
}

export function planOf({ root }: Stage, plan: Omit<FailingPlan, 'whileThere'>): FailingPlan {
  const whileThere = join(root, 'consumer-fails');
  writeFileSync(whileThere, '');
  return { ...plan, whileThere };
}

export function plantedBy(plan: FailingPlan): Planted {
  const preload = new URL('./planted/failing-consumer.ts', import.meta.url);
  return { preload, env: { [FAILING_PLAN]: JSON.stringify(plan) } };
}

/** The first affected event of a key waits, and all later ones of the key that the projection wants wait behind it. */
export function parkedBy(plan: FailingPlan, projection: ProjectionName, { wayOf }: ChaosInput): ParkedModel {
  const typesOf = (of: (each: ChosenConsumer) => boolean) =>
    new Set(CONSUMERS.filter(of).flatMap(({ types }) => types));
  const failing = typesOf(({ consumer }) => consumer === plan.consumer);
  const wanted = typesOf((each) => each.projection === projection);
  return (log: readonly RecordedEvent[]) => {
    const keys = new Set<string>();
    const parked = new Set<number>();
    for (const event of log) {
      if (!wanted.has(event.type)) continue;
      const isHit = wayOf(event) !== 'imported' && failing.has(event.type) && hits(plan, event);
      if (isHit) keys.add(event.partitionkey);
      if (keys.has(event.partitionkey)) parked.add(event.position);
    }
    return { projection, parked };
  };
}

async function summary(server: RunningServer): Promise<object> {
  const { projections } = await server.status();
  return projections.map(
    ({ name, state, lagEvents, parked }) => `${name} ${state}, ${lagEvents} behind, ${parked} parked`,
  );
}
