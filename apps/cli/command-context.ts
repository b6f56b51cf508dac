import type { Interruption } from './interruption.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly interruption: Interruption;
  /** One JSON document on stdout instead of text. */
  readonly json: boolean;
}
