import type { TrimArgument, TrimOutcome } from '../../engine/trim.ts';
import { neededFrom } from '../../adapters/embedded/projection/applied-positions.ts';
import { openArchiveFolder } from '../../adapters/embedded/archive/folder.ts';
import { trimOneFile } from '../../adapters/embedded/archive/trimming.ts';
import type { DataFolder } from '../../adapters/embedded/files/data-folder.ts';
import type { LogFile } from '../../adapters/embedded/log/log-file.ts';
import { projectionNames } from '../projections/registry.ts';

/** Removes archived events from the log, one file of the archive per call, so that the caller can report progress and stop. */
export function trimOperation(file: LogFile, folder: DataFolder): (argument: TrimArgument) => Promise<TrimOutcome> {
  // One at a time: each begins where the log begins.
  let last: Promise<unknown> = Promise.resolve();
  async function trim({ archive }: TrimArgument): Promise<TrimOutcome> {
    const needed = neededFrom(folder, projectionNames);
    const step = await trimOneFile(file, openArchiveFolder(archive), needed.position - 1);
    const { bytes, freeBytes } = file.size();
    const heldBack = step.done && needed.position < (await file.log.head()) && needed.position <= step.first;
    return { ...step, ...(heldBack && { heldBackBy: needed }), bytes, freeBytes };
  }
  return (argument) => {
    const trimmed = last.then(() => trim(argument));
    last = trimmed.catch(() => {});
    return trimmed;
  };
}
