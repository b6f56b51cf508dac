import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFrozen } from '../apps/cli/commands/schema-freeze.ts';
import { checkRegistry } from '../apps/cli/registry-check.ts';
import { planFreezing } from '../schema-registry/check/freezing.ts';
import { type Benchmark, expectEqual, figure } from './harness/benchmark.ts';
import { evolvingCatalog, type EvolvingCatalog } from './load/evolving-catalog.ts';

const EVENTS = 200;
const VERSIONS = 10;
const BAR_SECONDS = 5;

export const schemaCheck: Benchmark = {
  name: 'schema-check',
  title: 'Check of a large catalog',
  run({ folder, quick, say }) {
    const [events, rounds] = quick ? [20, 2] : [EVENTS, 5];
    say(`freezing ${events} events of ${VERSIONS} versions`);
    const catalog = evolvingCatalog(events, VERSIONS);
    freeze(folder, catalog);
    const runs = Array.from({ length: rounds }, () => secondsOf(() => check(folder, catalog, events)));
    return Promise.resolve({
      input: `${events} events of ${VERSIONS} versions each with a dozen golden samples, and ${events} subscribers that run version 9, as files`,
      figures: [
        figure('the first check, compiling included', 's', { runs: runs.slice(0, 1), bar: { atMost: BAR_SECONDS } }),
        figure('a check', 's', { runs, bar: { atMost: BAR_SECONDS } }),
      ],
      notes: [
        'What figtree schema check does, from reading the files to the verdict: every version against the current one in both directions, every sample through its upcasters, every subscriber.',
      ],
    });
  },
};

function freeze(folder: string, { definitions, pastVersions }: EvolvingCatalog): void {
  const { writes, refusals } = planFreezing({ definitions, pastVersions, frozen: [], today: '2026-01-01' });
  expectEqual('refusals', refusals.length, 0);
  writeFrozen(folder, writes, {});
  const subscribers = definitions.map(({ type }) => ({
    name: `reader-of-${type}`,
    owner: 'bench',
    reads: { [type]: 9 },
  }));
  writeFileSync(join(folder, 'subscribers.json'), JSON.stringify(subscribers));
}

function check(folder: string, { definitions, pastVersions }: EvolvingCatalog, events: number): void {
  const report = checkRegistry({ folder, definitions, pastVersions, today: '2026-01-02' });
  const failures = report.findings.filter(({ outcome }) => outcome === 'fails');
  expectEqual('failures', failures.map(({ rule, message }) => `${rule}: ${message}`).join('\n'), '');
  const versions = report.events.reduce((sum, { replay }) => sum + replay.length, 0);
  expectEqual('versions', versions, events * VERSIONS);
  expectEqual('subscribers', report.events.flatMap(({ subscribers }) => subscribers).length, events);
  expectEqual('samples', report.proof.proofs.length > events * VERSIONS, true);
}

function secondsOf(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}
