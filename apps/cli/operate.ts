import { requireLog } from '../../adapters/embedded/files/data-folder.ts';
import { isFigtreeError } from '../../events/errors.ts';
import type { Config } from '../config.ts';
import type { Operations } from '../../engine/operations.ts';
import { openDataForWriting, readConfig } from './open-data.ts';

/** Runs `work` with the operations of the process that holds the data folder, or of this one if no other does. Rejects
 *  with DATA_IN_USE if the holder does not answer, with DATA_MISSING if there is no data: none is created. */
export async function withOperations<Result>(
  work: (operations: Operations, config: Config) => Promise<Result>,
): Promise<Result> {
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
    return askHolder(work, error);
  }
}

async function askHolder<Result>(
  work: (operations: Operations, config: Config) => Promise<Result>,
  inUse: unknown,
): Promise<Result> {
  const config = await readConfig();
  const { connectToHolder } = await import('../embedded/control-socket.ts');
  const holder = await connectToHolder(config.data);
  if (holder === undefined) throw inUse;
  try {
    return await work(holder.operations, config);
  } finally {
    holder.close();
  }
}
