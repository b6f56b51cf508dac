import { type Command, InvalidArgumentError } from 'commander';
import type { RebuildGate } from '../../engine/rebuild/verification.ts';
import { defined } from '../../events/defined.ts';
import { positiveNumber } from './number-options.ts';

/** What a command is given of the gate that a new version has to pass. */
export interface GateOptions {
  readonly promoteAt?: number;
  readonly against?: string;
  readonly sample?: number;
  readonly newest?: number;
  readonly ignoreOrder?: true;
}

export function addGateOptions(command: Command): Command {
  return command
    .option('--promote-at <percent>', 'go live only if this percentage of answers matches --against', percent)
    .option('--against <file|url>', "the other system's answers: its export, or its API")
    .option('--sample <keys>', 'with --against, compare this many random keys', positiveNumber)
    .option(
      '--newest <count>',
      'with --against, compare only this many entries at the start of each list',
      positiveNumber,
    )
    .option('--ignore-order', 'with --against, ignore the order of lists');
}

export function gateOf({ promoteAt, against, sample, newest, ignoreOrder }: GateOptions): Partial<RebuildGate> {
  return defined({ percent: promoteAt, against, sample, newest, ignoreOrder });
}

function percent(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+(\.[0-9]+)?$/.test(text) || value > 100) throw new InvalidArgumentError('Must be a percentage.');
  return value;
}
