import { eventTypes, isEventType, type EventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { pause } from '../../../resilience/clock.ts';
import { exitCodes } from '../failure.ts';
import { openDataForReading } from '../engines/open-data.ts';
import type { Terminal } from '../terminal.ts';
import { formatInstant, printable, shorten } from '../text-format.ts';
import type { CommandContext } from '../command-context.ts';

export interface TailOptions {
  /** Empty: all. */
  readonly types: readonly string[];
  /** Position of the first event; undefined: only events recorded from now on. */
  readonly from: number | undefined;
}

const LOOK_EVERY_MS = 200;
const PAGE_EVENTS = 1000;
// A pipe has no width; a line is still one line.
const LINE_CHARACTERS = 200;

/** Prints until the command is interrupted. Polls, because another process may be writing. */
export async function tail({ types, from }: TailOptions, { terminal, interruption, json }: CommandContext) {
  const wanted = types.flatMap((type) => type.split(',')).map(requireType);
  const { engine } = await openDataForReading();
  const { signal } = interruption;
  try {
    const head = await engine.log.head();
    let after = from === undefined ? head : Math.max(0, from - 1);
    if (after > head) {
      const message = `--from ${from} is beyond the newest event (${head})`;
      throw new FigtreeError('POSITION_BEYOND_HEAD', message, { after, head });
    }
    if (from === undefined) terminal.note(`Waiting for events after position ${after}; press Ctrl-C to stop.`);
    while (!signal.aborted) {
      const page = await engine.log.read({ after, limit: PAGE_EVENTS, ...(wanted.length > 0 && { types: wanted }) });
      for (const event of page.events) {
        if (signal.aborted) break;
        await terminal.print(json ? JSON.stringify(event) : tailLine(event, terminal));
      }
      if (page.position === after) await pause(LOOK_EVERY_MS, { signal });
      after = page.position;
    }
    return exitCodes.ok;
  } finally {
    await engine.close();
  }
}

function requireType(type: string): EventType {
  if (isEventType(type)) return type;
  throw new FigtreeError(
    'REQUEST_INVALID',
    `--type ${type} is not an event of the catalog; choose ${eventTypes.join(', ')}`,
  );
}

// Below this width the date and the padding of types are omitted in favour of the data.
const NARROW_COLUMNS = 110;
const DAY_CHARACTERS = '2016-02-22 '.length;
const NARROW_TYPE = 'yubl-deleted'.length;
const LONGEST_TYPE = Math.max(...eventTypes.map((type) => type.length));

/** Time, position, type, key, and as much of the data as fits. */
function tailLine(event: RecordedEvent, { colors, columns }: Pick<Terminal, 'colors' | 'columns'>): string {
  const narrow = (columns ?? LINE_CHARACTERS) < NARROW_COLUMNS;
  const time = formatInstant(event.time).slice(narrow ? DAY_CHARACTERS : 0);
  const position = String(event.position).padStart(7);
  const type = event.type.padEnd(narrow ? NARROW_TYPE : LONGEST_TYPE);
  const key = printable(event.partitionkey);
  const used = [time, position, type, key].reduce((sum, { length }) => sum + length + 2, 0);
  const data = shorten(shortData(event), Math.max(0, (columns ?? LINE_CHARACTERS) - used));
  return [colors.dim(time), position, colors.cyan(type), key, data].join('  ').trimEnd();
}

/** The data that is not already in type and key, with human-readable text before ids. */
function shortData(event: RecordedEvent): string {
  const isId = ([name]: [string, unknown]) => name.endsWith('Id');
  const fields = Object.entries(event.data).filter(
    ([name, value]) => value !== event.partitionkey && name !== 'relationshipId' && !name.endsWith('At'),
  );
  const words = [...fields.filter((field) => !isId(field)), ...fields.filter(isId)];
  return printable(
    words.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' '),
  );
}
