import type { Cause, Explanation } from '../../replay/causes.ts';
import type { Terminal } from './terminal.ts';
import { formatInstant, printable } from './text-format.ts';

/** The explanation of a row, followed by its events, each with the flow for `figtree trace`. */
export function explanationLines(explanation: Explanation, { colors }: Pick<Terminal, 'colors'>): string[] {
  const { id, because, asTheLogSays, events } = explanation;
  const words = printable(because);
  return [
    `${colors.bold(printable(id))}  ${asTheLogSays ? words : colors.red(`${words} (the log says otherwise)`)}`,
    ...events.map((event) => `  ${causeLine(event, colors)}`),
  ];
}

function causeLine(
  { position, time, type, says, correlationId, superseded }: Cause,
  colors: Terminal['colors'],
): string {
  const place = `#${position}`.padStart(8);
  return `${place}  ${formatInstant(time)}  ${colors.cyan(type)}  ${printable(says)}${superseded ? ' (no effect)' : ''}  ${colors.dim(`trace ${printable(correlationId)}`)}`;
}
