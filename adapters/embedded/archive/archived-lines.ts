import type { EventType } from '../../../events/catalog.ts';
import { dataschemaOf } from '../../../events/envelope.ts';
import type { EventNames, EventRow } from '../log/event-rows.ts';

// A line of an archive is a row of the log as an envelope: only what the row holds, nothing derived later. `data` comes
// last and is the exact text of the row, so that a restore is identical to the last character.

const DATA = ',"data":';
const TYPE = '"type":"';

export function lineOf(row: EventRow, names: EventNames): string {
  const [position, id, source, type, version, key, subject, sequence, time, recordedMs, correlation, extensions] = row;
  const typeName = names.nameOf(type);
  const subjectText = JSON.stringify(subject ?? key);
  const more = extensions === null ? '' : `,${extensions.slice(1, -1)}`;
  return (
    `{"position":${position},"recordedtime":"${instantOf(recordedMs)}","specversion":"1.0",${TYPE}${typeName}",` +
    `"id":${JSON.stringify(id)},"source":${JSON.stringify(names.nameOf(source))},"time":${JSON.stringify(time)},` +
    `"datacontenttype":"application/json","dataschema":"${dataschemaOf(typeName, version)}","subject":${subjectText},` +
    `"partitionkey":${JSON.stringify(key)},"sequence":${JSON.stringify(sequence)},` +
    `"correlationid":${JSON.stringify(correlation ?? id)}${more}${DATA}${row[12]}}`
  );
}

/** The type of a line without parsing it. */
export function typeOf(line: string): EventType {
  const start = line.indexOf(TYPE) + TYPE.length;
  return line.slice(start, line.indexOf('"', start)) as EventType;
}

/** The row from which a line was made. `numberOf` maps its names to numbers. Throws if the line is invalid. */
export function rowOf(line: string, numberOf: (name: string) => number): EventRow {
  // Within a text every quote is escaped, so this can only be the key.
  const at = line.indexOf(DATA);
  if (at < 0 || !line.endsWith('}')) throw new Error('it has no data');
  const envelope = JSON.parse(`${line.slice(0, at)}}`) as Record<string, string> & { position: number };
  const { id = '', source = '', type = '', subject, partitionkey = '', sequence = '', time = '' } = envelope;
  const { causationid, traceparent, baggage, producerid, producerseq } = envelope;
  const extensions = JSON.stringify({ causationid, traceparent, baggage, producerid, producerseq });
  const dataschema = envelope['dataschema'] ?? '';
  return [
    envelope.position,
    id,
    numberOf(source),
    numberOf(type),
    Number(dataschema.slice(dataschema.lastIndexOf(':') + 1)),
    partitionkey,
    subject === undefined || subject === partitionkey ? null : subject,
    sequence,
    time,
    Date.parse(envelope['recordedtime'] ?? ''),
    envelope['correlationid'] === id ? null : (envelope['correlationid'] ?? null),
    extensions === '{}' ? null : extensions,
    line.slice(at + DATA.length, -1),
  ];
}

/** Numbers for names without a number in any database, and the names behind them. */
export function ownNames(): EventNames & { give(name: string): number } {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  return {
    nameOf: (number) => names[number] ?? '',
    numberOf: (name) => numbers.get(name),
    give(name) {
      let number = numbers.get(name);
      if (number === undefined) numbers.set(name, (number = names.push(name) - 1));
      return number;
    },
  };
}

// Events of one commit share their instant.
let lastMs = Number.NaN;
let lastInstant = '';

export function instantOf(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastInstant = new Date(ms).toISOString();
  }
  return lastInstant;
}
