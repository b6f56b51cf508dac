import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { collectPersonWords, type PersonWords } from '../../../adapters/embedded/erasure/person-words.ts';
import { emptyWal, scrubProjection } from '../../../adapters/embedded/projection/scrubbing.ts';
import type { PersonFields } from '../../../events/person-field.ts';
import { duringPause } from '../live/commit-pauses.ts';
import type { ProjectionName } from '../../../ports/progress.ts';
import { projectionNamed } from '../../projections/registry.ts';

// The parts of an erasure that take long and would keep the main thread from answering.

export type ErasureTask =
  | { readonly kind: 'collect'; readonly logPath: string; readonly person: string; readonly fields: PersonFields }
  | {
      readonly kind: 'scrub';
      readonly projections: readonly { readonly name: ProjectionName; readonly path: string }[];
    }
  | { readonly kind: 'empty'; readonly logPath: string };

export type ErasureAnswer = PersonWords | 'done';

const port = parentPort;
if (port === null) throw new Error('erasure-thread.ts runs as a worker thread only');
port.postMessage(await answerTo(workerData as ErasureTask));

async function answerTo(task: ErasureTask): Promise<ErasureAnswer> {
  if (task.kind === 'collect') return collectPersonWords(task.logPath, task.person, task.fields);
  if (task.kind === 'empty') await emptyWal(task.logPath, (empty) => duringPause(port as MessagePort, empty));
  else {
    for (const { name, path } of task.projections) {
      const { tidying } = await projectionNamed(name).embedded.load();
      await scrubProjection(path, tidying);
    }
  }
  return 'done';
}
