import type { StoppedKey, StreamedEvent } from '../../../../ports/stream-parking.ts';
import type { Item, ItemKey } from '../item.ts';
import type { Condition, UpdateExpression } from '../dynamo-table.ts';

/** `<scope>#keys` / key. */
export interface KeyItem extends ItemKey {
  readonly state: 'failing' | 'stopped';
  /** Sequence number of the event that failed. */
  readonly record?: string;
  readonly event?: string;
  readonly consumer?: string;
  readonly attempts?: number;
  readonly code?: string;
  readonly error?: string;
  readonly sinceMs: number;
  /** Counts the events that were added behind, for a writer that wants to remove the key when none is left. */
  readonly v?: number;
}

export function keysPartition(scope: string): string {
  return `${scope}#keys`;
}

export function keyItemKey(scope: string, key: string): ItemKey {
  return { pk: keysPartition(scope), sk: key };
}

export function waitingPartition(scope: string, key: string): string {
  return `${scope}#key#${key}`;
}

/** Text that sorts numerically: Kinesis uses no leading zeros, and up to 56 digits. */
export function sortableSequenceNumber(sequenceNumber: string): string {
  return sequenceNumber.padStart(64, '0');
}

export function eventItem(scope: string, { key, ...event }: StreamedEvent): Item {
  return { pk: waitingPartition(scope, key), sk: sortableSequenceNumber(event.sequenceNumber), ...event };
}

export function eventOf(key: string, item: Item): StreamedEvent {
  const { pk: _, sk: __, ...event } = item as unknown as Omit<StreamedEvent, 'key'> & ItemKey;
  return { key, ...event };
}

export function stoppedKeyOf({ sk, sinceMs, record, event, consumer, attempts, code, error }: KeyItem): StoppedKey {
  const stopped = { key: sk, stoppedAtMs: sinceMs };
  if (record === undefined || event === undefined || consumer === undefined) return stopped;
  return { ...stopped, failure: { event, consumer, attempts: attempts ?? 0, code: code ?? '', error: error ?? '' } };
}

const STATE = { '#state': 'state' };
export const IS_FAILING: Condition = {
  expression: '#state = :failing',
  names: STATE,
  values: { ':failing': 'failing' },
};
export const UNLESS_STOPPED: Condition = {
  ...IS_FAILING,
  expression: `attribute_not_exists(pk) OR ${IS_FAILING.expression}`,
};
const IS_STOPPED: Condition = { expression: '#state = :stopped', names: STATE, values: { ':stopped': 'stopped' } };

/** An event is added behind the others of a stopped key. */
export const STILL_STOPPED: UpdateExpression = {
  update: 'ADD v :one',
  condition: IS_STOPPED.expression,
  names: STATE,
  values: { ...IS_STOPPED.values, ':one': 1 },
};

/** The key is stopped, unless it already is. */
export function stopping(fields: Omit<KeyItem, 'pk' | 'sk' | 'state'>): UpdateExpression {
  const { update, names, values } = setting({ ...fields, stateNow: 'stopped' });
  return {
    update: `${update} ADD v :one`,
    condition: UNLESS_STOPPED.expression,
    names: { ...names, ...STATE, '#stateNow': 'state' },
    values: { ...values, ...UNLESS_STOPPED.values, ':one': 1 },
  };
}

/** The first event of a stopped key has failed. */
export function failing(fields: Partial<KeyItem>): UpdateExpression {
  const { update, names, values } = setting(fields);
  return {
    update,
    condition: IS_STOPPED.expression,
    names: { ...names, ...STATE },
    values: { ...values, ...IS_STOPPED.values },
  };
}

function setting(fields: object): Required<Pick<UpdateExpression, 'update' | 'names' | 'values'>> {
  const entries = Object.entries(fields);
  return {
    update: `SET ${entries.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    names: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
  };
}

/** The condition that no event was added behind the key, and that it was not removed and stopped again. */
export function unchanged({ v = 0, sinceMs }: KeyItem): Condition {
  return { expression: 'v = :v AND sinceMs = :since', values: { ':v': v, ':since': sinceMs } };
}

/** The event that failed has left, and the next one has not been tried. */
export function untried(item: KeyItem): UpdateExpression {
  const { expression, values = {} } = unchanged(item);
  const names = { '#consumer': 'consumer', '#error': 'error', '#code': 'code', '#event': 'event', '#record': 'record' };
  const update = 'REMOVE #record, #event, #consumer, #code, #error, attempts';
  return { update, condition: expression, names, values };
}
