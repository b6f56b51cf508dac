import { isFigtreeError } from '../../events/errors.ts';
import { failureOf, printFailure } from './failure.ts';
import { openTerminal } from './terminal.ts';

/** Ends the process because the command line could not be loaded: the registry refuses a projection's declaration. Throws any other error
 *  again, for Node to show where it happened. */
export async function endUnloadable(error: unknown, words: readonly string[]): Promise<never> {
  if (!isFigtreeError(error, 'DECLARATION_INVALID')) throw error;
  const json = words.includes('--json');
  const failure = failureOf(error);
  await printFailure(failure, openTerminal(new AbortController().signal, { json }), json);
  process.exit(failure.exitCode);
}
