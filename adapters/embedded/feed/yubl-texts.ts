import type { DatabaseSync } from 'node:sqlite';

/** The texts of yubls, as answers hold them, kept in memory by number: the newest of somebody with many followers stand in
 *  as many feeds, and to look one up in the file costs more than all else that is done with it. */
export interface YublTexts {
  /** Those of the given yubls that may be seen, in the given order. */
  of(numbers: readonly number[]): string[];
  /** Forgets what was hidden since the last call. Has to be the first read of every moment (reading-moments.ts). */
  catchUp(): void;
}

// In characters. A text in Latin letters takes a byte for each, any other two; the place in the map some 50 more.
const KEPT_MAX = 8 * 1024 * 1024;
const PLACE_CHARACTERS = 50;
// More than these at once, because somebody left who had posted for years, are not looked through one by one.
const HIDINGS_AT_ONCE_MAX = 1000;
// What a yubl that may not be seen is kept as. It never will be seen again.
const HIDDEN = '';

export function openYublTexts(database: DatabaseSync, keptMax = KEPT_MAX): YublTexts {
  const select = database.prepare(
    'SELECT number, item FROM json_each(?) CROSS JOIN yubl ON yubl.number = json_each.value WHERE hidden = 0',
  );
  select.setReturnArrays(true);
  const hiddenSince = database.prepare(
    `SELECT place, yubl FROM hiding WHERE place > ? ORDER BY place LIMIT ${HIDINGS_AT_ONCE_MAX + 1}`,
  );
  hiddenSince.setReturnArrays(true);
  const lastHiding = database.prepare('SELECT coalesce(max(place), 0) AS place FROM hiding');
  let caughtUpTo: number | undefined;
  // Two generations: what nobody asked for while the younger one filled goes with the older one.
  let young = new Map<number, string>();
  let old = new Map<number, string>();
  let youngCharacters = 0;

  function keep(number: number, text: string): void {
    youngCharacters += text.length + PLACE_CHARACTERS;
    if (youngCharacters > keptMax / 2) {
      old = young;
      young = new Map();
      youngCharacters = text.length + PLACE_CHARACTERS;
    }
    young.set(number, text);
  }

  function recall(number: number): string | undefined {
    const text = young.get(number);
    if (text !== undefined) return text;
    const older = old.get(number);
    if (older !== undefined) keep(number, older);
    return older;
  }

  /** Reads what is not in memory into its places. */
  function fill(texts: (string | undefined)[], numbers: readonly number[]): void {
    const missing = numbers.filter((_number, index) => texts[index] === undefined);
    if (missing.length === 0) return;
    const found = new Map(select.all(`[${missing.join()}]`) as unknown as [number: number, item: string][]);
    for (const [index, number] of numbers.entries()) {
      if (texts[index] !== undefined) continue;
      const text = found.get(number) ?? HIDDEN;
      keep(number, text);
      texts[index] = text;
    }
  }

  return {
    of(numbers) {
      const texts: (string | undefined)[] = [];
      let whole = true;
      for (const number of numbers) {
        const text = recall(number);
        texts.push(text);
        if (text === undefined || text === HIDDEN) whole = false;
      }
      if (!whole) fill(texts, numbers);
      return (whole ? texts : texts.filter((text) => text !== HIDDEN)) as string[];
    },
    catchUp() {
      const hidings =
        caughtUpTo === undefined ? [] : (hiddenSince.all(caughtUpTo) as unknown as [place: number, yubl: number][]);
      for (const [place, number] of hidings) {
        young.delete(number);
        old.delete(number);
        caughtUpTo = place;
      }
      if (caughtUpTo !== undefined && hidings.length <= HIDINGS_AT_ONCE_MAX) return;
      young.clear();
      old.clear();
      caughtUpTo = (lastHiding.get() as { place: number }).place;
    },
  };
}
