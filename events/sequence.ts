/** The source's own order as sortable text: ten digits of seconds since 1970, then ten digits of the ordinal within
 *  that second. A MongoDB timestamp `{ t, i }` maps to it directly; our own producers put milliseconds and a counter
 *  into the ordinal. Both halves are unsigned 32-bit numbers, so a sequence also fits 64 bits. */
export type Sequence = string;

export const SEQUENCE_PATTERN = /^[0-9]{20}$/;
/** The maximum of either half; as seconds it is 2106-02-07T06:28:15Z. */
export const UINT32_MAX = 4_294_967_295;

/** Both are integers from 0 to 2^32 - 1: a number with more digits would sort before all others. */
export function sequenceOf(seconds: number, ordinal: number): Sequence {
  if (!isUint32(seconds) || !isUint32(ordinal)) throw new RangeError(`no sequence holds ${seconds} and ${ordinal}`);
  return String(seconds).padStart(10, '0') + String(ordinal).padStart(10, '0');
}

export function isUint32(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= UINT32_MAX;
}

export function secondsOf(sequence: Sequence): number {
  return Number(sequence.slice(0, 10));
}

export function ordinalOf(sequence: Sequence): number {
  return Number(sequence.slice(10));
}

/** Returns the sequence with its leading zeros (a shorter one means a small number), or undefined if it is invalid. */
export function parseSequence(text: string): Sequence | undefined {
  if (!/^[0-9]{1,20}$/.test(text)) return undefined;
  const padded = text.padStart(20, '0');
  return secondsOf(padded) <= UINT32_MAX && ordinalOf(padded) <= UINT32_MAX ? padded : undefined;
}
