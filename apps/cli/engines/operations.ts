import type { Operations } from '../../../engine/operations.ts';
import { isFigtreeError } from '../../../events/errors.ts';
import type { Status } from '../../../ports/progress.ts';
import type { Config } from '../../config.ts';
import { readConfig } from '../read-config.ts';
import { openDataForWriting } from './open-data.ts';

/** Runs `work` with the operations of the process that holds the data folder, or of this one if no other does. Rejects
 *  with DATA_IN_USE if the holder does not answer, with DATA_MISSING if there is no data: none is created. */
export async function withOperations<Result>(
  work: (operations: Operations, config: Config) => Promise<Result>,
): Promise<Result> {
  // Loaded only here, because asking the holder for its status needs no SQLite.
  const { requireLog } = await import('../../../adapters/embedded/files/data-folder.ts');
  requireLog((await readConfig()).data);
  try {
    const { engine, config } = await openDataForWriting('command');
    try {
      return await work(engine.operations, config);
    } finally {
      await engine.close();
    }
  } catch (error) {
    if (!isFigtreeError(error, 'DATA_IN_USE')) throw error;
    const config = await readConfig();
    const asked = await askHolder(config, (operations) => work(operations, config));
    if (asked === undefined) throw error;
    return asked.answer;
  }
}

/** The status that the process which holds the data folder reports. Undefined if there is none or it does not
 *  answer. */
export async function statusOfHolder(): Promise<Status | undefined> {
  const config = await readConfig();
  try {
    return (await askHolder(config, (operations) => operations.status()))?.answer;
  } catch {
    return undefined;
  }
}

/** Undefined if no process holds the folder. */
async function askHolder<Answer>(
  { data }: Config,
  work: (operations: Operations) => Promise<Answer>,
): Promise<{ readonly answer: Answer } | undefined> {
  const { connectToHolder } = await import('../../embedded/control-socket.ts');
  const holder = await connectToHolder(data);
  if (holder === undefined) return undefined;
  try {
    return { answer: await work(holder.operations) };
  } finally {
    holder.close();
  }
}
