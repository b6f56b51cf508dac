import { FigtreeError } from '../../events/errors.ts';

/** FILE_UNWRITABLE for what the system has refused; anything else as it is. */
export function unwritable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new FigtreeError('FILE_UNWRITABLE', `${folder} cannot be written: ${error.message}`, { cause: error });
}
