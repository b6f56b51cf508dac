import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { append } from './append/append.ts';
import { awsCost } from './aws-cost.ts';
import { erasure } from './erasure.ts';
import { eventLoop } from './event-loop/event-loop.ts';
import { fanOut } from './fan-out.ts';
import { fanOutAws } from './fan-out-aws.ts';
import { feedReads } from './feed-reads.ts';
import { growth } from './growth.ts';
import type { Benchmark, BenchContext } from './harness/benchmark.ts';
import { circumstances } from './harness/circumstances.ts';
import { linesOf, readResults, writeResults } from './harness/results.ts';
import { withScratchFolder } from './harness/scratch.ts';
import { importAgainstFloor } from './import.ts';
import { ingest } from './ingest.ts';
import { kinesis } from './kinesis/kinesis.ts';
import { logScan } from './log-scan.ts';
import { memory } from './memory.ts';
import { rebuild } from './rebuild.ts';
import { rebuildBeside } from './rebuild-beside.ts';
import { parking } from './parking.ts';
import { schemaCheck } from './schema-check.ts';
import { relationshipsAws } from './relationships-aws.ts';
import { search } from './search.ts';
import { streamHandler } from './stream-handler.ts';
import { tableReads } from './table-reads.ts';
import { tables } from './tables.ts';
import { upcasting } from './upcasting.ts';

const benchmarks: readonly Benchmark[] = [
  importAgainstFloor,
  growth,
  memory,
  fanOut,
  fanOutAws,
  rebuild,
  rebuildBeside,
  ingest,
  eventLoop,
  feedReads,
  search,
  append,
  upcasting,
  logScan,
  schemaCheck,
  parking,
  tables,
  tableReads,
  erasure,
  kinesis,
  streamHandler,
  awsCost,
  relationshipsAws,
];

const USAGE = `npm run bench -- [NAME…] [--quick] [--peers] [--data FOLDER] [--folder FOLDER]
  NAME      ${benchmarks.map(({ name }) => name).join(', ')}; all of them if none is named
  --quick   short runs, which are shown and not kept
  --peers   compare with other stores; installs them in bench/peers
  --data    where the change files lie that do not ship with the project (or BENCH_DATA)
  --folder  on which disk to measure; a folder is made in it and removed afterwards`;

process.exitCode = await main(process.argv.slice(2));

async function main(parameters: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: parameters,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      data: { type: 'string' },
      folder: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (values.help || unknown.length > 0) {
    console.log(unknown.length > 0 ? `There is no benchmark ${unknown.join(', ')}\n${USAGE}` : USAGE);
    return values.help ? 0 : 2;
  }
  const asked = positionals.length === 0 ? benchmarks : benchmarks.filter(({ name }) => positionals.includes(name));
  const dataFolder = values.data ?? process.env['BENCH_DATA'];
  let failed = 0;
  for (const benchmark of asked) {
    try {
      await withScratchFolder(values.folder, (folder) =>
        measure(benchmark, {
          quick: values.quick,
          peers: values.peers,
          dataFolder,
          folder,
          say: (text) => console.error(`  … ${text}`),
        }),
      );
    } catch (error) {
      failed += 1;
      console.error(`${benchmark.name} failed:`, error);
    }
  }
  return failed === 0 ? 0 : 1;
}

async function measure(benchmark: Benchmark, context: BenchContext): Promise<void> {
  const start = performance.now();
  const measured = await benchmark.run(context);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`\n${linesOf(benchmark, measured).join('\n')}\n  ${seconds} s`);
  if (context.quick) return;
  const root = fileURLToPath(new URL('../', import.meta.url));
  const paths = { results: `${root}bench/results.json`, document: `${root}docs/benchmarks.md` };
  // Read again each time, because another run may have written its own results meanwhile. Kept in the order in which
  // benchmarks are listed.
  const known = readResults(paths.results).benchmarks;
  const result = { title: benchmark.title, circumstances: circumstances(root), seconds, ...measured };
  const updated = { ...known, [benchmark.name]: result };
  const ordered = benchmarks.flatMap(({ name }) =>
    updated[name] === undefined ? [] : [[name, updated[name]] as const],
  );
  writeResults({ benchmarks: Object.fromEntries(ordered) }, paths);
}
