import type { Interruption } from './interruption.ts';
import type { Terminal } from './terminal.ts';

/** The context of every command. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly interruption: Interruption;
  /** One JSON document on stdout instead of text. */
  readonly json: boolean;
}
