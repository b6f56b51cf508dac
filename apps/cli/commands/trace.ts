import type { RecordedEvent } from '../../../events/envelope.ts';
import { FigtreeError } from '../../../events/errors.ts';
import type { FlowStep } from '../../../ports/unit-of-work.ts';
import type { FlowTrace } from '../../../engine/engine.ts';
import { exitCodes } from '../failure.ts';
import { openDataForReading } from '../engines/open-data.ts';
import type { Terminal } from '../terminal.ts';
import { formatCount, formatMicroseconds, plural, printable, shorten } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export async function trace(correlationId: string, { terminal, json }: CommandContext): Promise<number> {
  const { engine } = await openDataForReading();
  try {
    const flow = await engine.trace(correlationId);
    if (flow.events.length === 0) {
      throw new FigtreeError('NOT_FOUND', `no event has the correlation ID ${shorten(printable(correlationId), 100)}`);
    }
    await terminal.print(json ? JSON.stringify(flow) : traceText(flow, terminal));
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

/** The events in the order of the log, each followed by the steps of its consumers, in order of time. */
function traceText(flow: FlowTrace, terminal: Pick<Terminal, 'colors' | 'columns'>): string {
  const { bold, dim } = terminal.colors;
  const start = Date.parse(flow.events[0]?.recordedtime ?? '');
  const end = [...flow.steps.map(({ at }) => at), ...flow.events.map(({ recordedtime }) => recordedtime)]
    .map((time) => Date.parse(time))
    .reduce((latest, time) => Math.max(latest, time), start);
  const counts = `${plural(flow.events.length, 'event')}, ${plural(flow.steps.length, 'step')}`;
  const lines = [`Flow ${bold(printable(flow.correlationId))}`, `${counts}, ${formatCount(end - start)} ms`];
  for (const event of flow.events) {
    lines.push('', ...eventLines(event, start, terminal));
    const steps = flow.steps.filter(({ position }) => position === event.position);
    steps.forEach((step, index) => lines.push(stepLine(step, { start, last: index === steps.length - 1, terminal })));
  }
  if (flow.steps.length === 0) {
    lines.push('', dim('No steps were kept: only the newest flows that were sent with a correlation have them.'));
  }
  if (flow.truncated) {
    lines.push('', `The flow is longer: only its first ${formatCount(flow.events.length)} events are shown.`);
  }
  return lines.join('\n');
}

const OFFSET_WIDTH = 11;

function eventLines(event: RecordedEvent, start: number, { colors, columns }: Pick<Terminal, 'colors' | 'columns'>) {
  const recorded = event.recordedtime.replace('T', ' ').replace('Z', '');
  const cause = event.causationid === undefined ? '' : `, caused by ${event.causationid}`;
  const origin = printable(`from ${event.source}, key ${event.partitionkey}${cause}`);
  const room = (columns ?? Infinity) - OFFSET_WIDTH;
  return [
    `${offset(event.recordedtime, start)}${colors.cyan(event.type)} #${event.position}  recorded ${recorded}`,
    `${' '.repeat(OFFSET_WIDTH)}${colors.dim(shorten(origin, room))}`,
  ];
}

interface StepPlace {
  readonly start: number;
  readonly last: boolean;
  readonly terminal: Pick<Terminal, 'colors' | 'columns'>;
}

function stepLine(step: FlowStep, { start, last, terminal: { colors, columns } }: StepPlace): string {
  const note = Object.entries(step.note ?? {})
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
  const branch = `${last ? '└' : '├'} ${step.consumer.padEnd(20)}  ${formatMicroseconds(step.durationUs).padStart(9)}  `;
  const room = (columns ?? Infinity) - OFFSET_WIDTH - branch.length;
  const line = `${offset(step.at, start)}${branch}${colors.dim(shorten(printable(note), room))}`;
  return line.trimEnd();
}

function offset(time: string, start: number): string {
  return `${`+${formatCount(Date.parse(time) - start)} ms`.padStart(OFFSET_WIDTH - 2)}  `;
}
