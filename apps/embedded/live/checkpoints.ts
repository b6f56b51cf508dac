import { statSync } from 'node:fs';
import type { DurableFile } from '../../../adapters/embedded/files/durable-file.ts';
import type { Logger } from '../../logger.ts';
import type { Methods } from '../../threads/channel.ts';
import { lazyService, type Service, startService } from '../../threads/services.ts';
import { servePauses } from './commit-pauses.ts';
import type { CheckpointTask } from './checkpoint-thread.ts';

type CheckpointedFile = Pick<DurableFile, 'path' | 'pause' | 'onCommitted'>;

const FROM_BYTES = 8 * 1024 * 1024;
const ANEW_FROM_BYTES = 64 * 1024 * 1024;

/** Starts a thread that copies the log's WAL into its file once the WAL is large. Returns the function that stops it. */
export function openCheckpoints(file: CheckpointedFile, logger: Logger): () => Promise<void> {
  const thread = lazyService(() => startCheckpoints(file, logger));
  let asked = false;
  file.onCommitted(() => {
    if (asked || walBytes(file.path) < FROM_BYTES) return;
    asked = true;
    thread
      .get()
      .catch((error: unknown) =>
        logger.error({ error }, 'checkpoint thread failed, the appending thread makes the checkpoints'),
      );
  });
  return thread.stop;
}

export async function startCheckpoints(
  file: CheckpointedFile,
  logger: Logger,
  { fromBytes = FROM_BYTES, anewFromBytes = ANEW_FROM_BYTES } = {},
): Promise<Service<Methods>> {
  const task: CheckpointTask = { path: file.path, fromBytes, anewFromBytes };
  const { methods, gone } = servePauses(file);
  const entry = new URL('./checkpoint-thread.ts', import.meta.url);
  return startService(entry, { input: () => task, methods, onEnd: gone, logger });
}

function walBytes(path: string): number {
  try {
    return statSync(`${path}-wal`).size;
  } catch {
    // The file is missing or cannot be examined. A failing disk is reported by the next commit.
    return 0;
  }
}
