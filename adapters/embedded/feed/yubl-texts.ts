import type { DatabaseSync } from 'node:sqlite';

/** The texts of yubls as answers contain them, cached by number: the newest yubls of popular authors are in many feeds,
 *  and looking one up in the file is the most expensive step of a read. */
export interface YublTexts {
  /** The visible ones of the given yubls, in the given order. */
  of(numbers: readonly number[]): string[];
  /** Drops what was hidden since the last call. Has to be the first read of every moment (reading-moments.ts). */
  catchUp(): void;
}

// In characters. A text in Latin letters takes one byte per character, any other two; the map's entry some 50 more.
const KEPT_MAX = 8 * 1024 * 1024;
const PLACE_CHARACTERS = 50;
// If more were hidden at once, because a user left who had posted for years, the cache is cleared instead.
const HIDINGS_AT_ONCE_MAX = 1000;
// The cached value of a hidden yubl. It never becomes visible again.
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
  // Two generations: when the younger one is full, texts that were only in the older one are dropped.
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

  /** Reads the texts that are not cached. */
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
