import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchContext, type Benchmark, expectEqual, type Figure, figure } from '../harness/benchmark.ts';
import { type Servant, startServant } from '../harness/child.ts';
import { quantile } from '../harness/statistics.ts';
import { findPeers, type PeerName } from './peers.ts';
import type { Slice } from './slices.ts';

const BATCHES = [1, 10, 100] as const;
const SLICE_MS = 400;
// Work that a store continues after a slice (Figtree copies its WAL within 250 ms) must not affect another one's slice.
const PAUSE_MS = 350;
const BARS: Readonly<Record<PeerName, readonly number[]>> = { emmett: [10, 8, 4], redis: [1.2, 1.2, 1.2] };

export const append: Benchmark = {
  name: 'append',
  title: 'Durable append through the port, one caller',
  async run(context) {
    const { peers, remarks } = await findPeers(context);
    const figtree = new URL('./figtree-append.ts', import.meta.url);
    const stores: Store[] = [];
    try {
      stores.push(await openStore('figtree', figtree, context));
      for (const { name, script } of peers) stores.push(await openStore(name, script, context));
      // The first calls pay for compilation and for a new file.
      await inTurn(stores, 1);
      stores.forEach((store) => store.slices.forEach((slices) => slices.splice(0)));
      await inTurn(stores, context.quick ? 2 : 8);
      for (const store of stores) {
        expectEqual(`events in ${store.name}`, await store.servant.ask({ count: true }), store.appended);
      }
    } finally {
      await Promise.all(stores.map(({ servant }) => servant.stop()));
    }
    return {
      input: 'events of 400 bytes of JSON',
      figures: figuresOf(stores),
      notes: [
        `Slices of ${SLICE_MS} ms in turn, each store in its own process, one call at a time; every call is fsynced before it returns.`,
        ...remarks,
      ],
    };
  },
};

interface Store {
  readonly name: 'figtree' | PeerName;
  readonly servant: Servant;
  /** By the index of their batch in BATCHES. */
  readonly slices: Slice[][];
  appended: number;
}

async function openStore(name: Store['name'], script: URL, { folder }: BenchContext): Promise<Store> {
  const servant = await startServant(script, [join(folder, `${name}.db`)]);
  return { name, servant, slices: BATCHES.map(() => []), appended: 0 };
}

async function inTurn(stores: readonly Store[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const [place, batch] of BATCHES.entries()) {
      for (const store of stores) {
        const slice = await store.servant.ask<Slice>({ batch, ms: SLICE_MS });
        await sleep(PAUSE_MS);
        store.appended += slice.events;
        store.slices[place]?.push(slice);
      }
    }
  }
}

function figuresOf(stores: readonly Store[]): Figure[] {
  const [figtree, ...peers] = stores;
  return BATCHES.flatMap((batch, place) => {
    const own = rates(figtree, place);
    const latencies = (figtree?.slices[place] ?? []).flatMap(({ latenciesMs }) => latenciesMs);
    return [
      figure(`figtree, ${batch} per call`, 'events/s', { runs: own }),
      figure(`figtree, ${batch} per call: p99 of a call`, 'ms', { runs: [quantile(latencies, 0.99)] }),
      ...peers.flatMap((peer) => {
        const theirs = rates(peer, place);
        const ratios = own.map((rate, round) => rate / (theirs[round] ?? Number.NaN));
        const atLeast = BARS[peer.name as PeerName][place] ?? 0;
        return [
          figure(`${peer.name}, ${batch} per call`, 'events/s', { runs: theirs }),
          figure(`figtree / ${peer.name}, ${batch} per call`, 'times', { runs: ratios, bar: { atLeast } }),
        ];
      }),
    ];
  });
}

function rates(store: Store | undefined, place: number): number[] {
  return (store?.slices[place] ?? []).map(({ events, seconds }) => events / seconds);
}
