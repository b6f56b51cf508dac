// Items for tests in which their content does not matter.

export const keyOf = (number: number) => ({ pk: `P${number % 7}`, sk: `S${number}` });

export const itemOf = (number: number, more: Record<string, unknown> = {}) => ({ ...keyOf(number), number, ...more });

export const numbersTo = (count: number) => Array.from({ length: count }, (_, number) => number);

export const itemsTo = (count: number) => numbersTo(count).map((number) => itemOf(number));

/** A text of this many KiB. */
export const letters = (kib: number) => 'x'.repeat(kib * 1024);
