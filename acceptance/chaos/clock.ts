import { join } from 'node:path';
import type { EventEnvelope } from '../../events/envelope.ts';
import { openReadOnlyEngine } from '../../apps/embedded/open-read-only-engine.ts';
import { everyEvent } from '../data-snapshot.ts';
import type { Planted } from '../figtree-process.ts';
import { chaosClient } from './client.ts';
import type { Fault } from './fault.ts';
import { type ChaosInput, smallInput } from './input.ts';
import { CLOCK_PLAN, type ClockPlan } from './planted/clock-plan.ts';
import { command, serve } from './server.ts';
import { expectWhole } from './whole-folder.ts';

const HOUR_MS = 3_600_000;
// So that events arrive before and after the clock jumps, in each life of the server.
const BATCH_PAUSE_MS = 25;

export const clockJumps: Fault = {
  name: 'clock-jumps-back',
  title:
    'a clock that jumps back, under a running server and between two, does not turn the order of what is published',
  async play(stage) {
    const { folder, random } = stage;
    const events = smallInput(stage).queues.flat();
    // One publisher, which leaves it to the server to date each event.
    const input: ChaosInput = { imported: [], posted: [], queues: [events], wayOf: () => 'events' };
    const client = chaosClient({ ...input, queues: [events.map(withoutSequence)] }, random, BATCH_PAUSE_MS);
    const archive = join(stage.root, 'archive');
    const lives: ClockPlan[] = [
      // By a day and more, so that days repeat in the archive, whose files are by day.
      { offsetMs: 0, jumpAfterMs: 300 + random() * 300, jumpBackMs: Math.round((20 + 20 * random()) * HOUR_MS) },
      { offsetMs: -50 * HOUR_MS, jumpAfterMs: 200 + random() * 300, jumpBackMs: HOUR_MS },
    ];
    for (const plan of lives) {
      const server = await serve(folder, plantedBy(plan));
      const posting = client.post(server.url);
      await Promise.race([posting, server.until('it had its time', afterMs(400 + random() * 400))]);
      if (random() < 0.5) await server.kill();
      else await server.end();
      await posting;
      if (!stage.short) await command(folder, ['archive', archive, '--json']);
      stage.print(`clock ${JSON.stringify(plan)}: ${client.acknowledged().size} of ${events.length} acknowledged`);
    }
    const server = await serve(folder);
    await client.post(server.url);
    await server.caughtUp();
    const { projections } = await server.status();
    await server.end();
    await expectOrder(folder, events.length);
    await expectWhole(folder, input);
    if (projections.some(({ parked }) => parked > 0)) throw new Error('something is parked');
    await command(folder, ['archive', archive, '--json']);
    const restored = join(stage.root, 'restored');
    await command(restored, ['restore', archive, '--json']);
    const another = await serve(restored);
    await another.caughtUp();
    await another.end();
    await expectOrder(restored, events.length);
    await expectWhole(restored, input);
  },
};

function afterMs(ms: number): () => boolean {
  const endMs = performance.now() + ms;
  return () => performance.now() > endMs;
}

function withoutSequence({ sequence: _sequence, ...event }: EventEnvelope): EventEnvelope {
  return event as EventEnvelope;
}

function plantedBy(plan: ClockPlan): Planted {
  const preload = new URL('./planted/jumping-clock.ts', import.meta.url);
  return { preload, env: { [CLOCK_PLAN]: JSON.stringify(plan) } };
}

/** One publisher that waits for each response: later events have greater sequences, whatever the clock said. */
async function expectOrder(folder: string, count: number): Promise<void> {
  const engine = await openReadOnlyEngine({ folder, feedLength: 800 });
  const log = await everyEvent(engine);
  await engine.close();
  if (log.length !== count) throw new Error(`the log holds ${log.length} events of ${count}`);
  for (const [index, event] of log.entries()) {
    const before = log[index - 1];
    if (before !== undefined && before.sequence >= event.sequence) {
      throw new Error(`${event.id} came after ${before.id} and has a sequence that is not greater: ${event.sequence}`);
    }
    if (Number.isNaN(Date.parse(event.recordedtime))) throw new Error(`${event.id} was recorded at no time`);
  }
}
