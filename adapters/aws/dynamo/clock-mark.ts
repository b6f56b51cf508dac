import { type Sequence, SEQUENCE_PATTERN } from '../../../events/sequence.ts';
import type { ClockMark } from '../../../ports/clock-mark.ts';
import type { DynamoTable } from './dynamo-table.ts';

// Every call that publishes saves the mark, and one partition takes 1,000 writes a second. So there are several marks,
// one per process, and the newest of them counts.
const MARKS = 8;

/** The clock mark in a table, for any number of processes that save concurrently. */
export function openDynamoClockMark(table: DynamoTable): ClockMark {
  const own = Math.floor(Math.random() * MARKS);
  return {
    async load() {
      const marks = await table.getAll(Array.from({ length: MARKS }, (_, mark) => keyOfMark(mark)));
      // One with more digits was saved by a machine whose clock was beyond 2106.
      const saved = [...marks.values()].map(({ newest }) => newest as Sequence).filter(isSequence);
      return saved.toSorted().at(-1);
    },
    async save(sequence) {
      await table.update(keyOfMark(own), {
        update: 'SET newest = :sequence',
        condition: 'attribute_not_exists(newest) OR newest < :sequence OR size(newest) > :digits',
        values: { ':sequence': sequence, ':digits': sequence.length },
      });
    },
  };
}

const isSequence = (text: string) => SEQUENCE_PATTERN.test(text);

function keyOfMark(mark: number) {
  return { pk: `clock-mark#${mark}`, sk: 'mark' };
}
