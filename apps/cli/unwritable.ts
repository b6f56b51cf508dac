import { FigtreeError } from '../../events/errors.ts';

/** FILE_UNWRITABLE for a file that the system refused to write; any other error is returned unchanged. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new FigtreeError('FILE_UNWRITABLE', `${folder} cannot be written: ${error.message}`, { cause: error });
}
