import { changeLines, type InsertedDocument, writeChangeLines } from './change-lines.ts';

export type Arrangement = 'together' | 'one after the other';

/** Writes `count` copies of a file that share no id: as many networks of the same shape, concurrent (`together`:
 *  alternating line by line) or one after the other. Either way the changes are in the order of their sequence, as in
 *  an oplog. Dates are unchanged. */
export async function writeCopies(
  source: string,
  target: string,
  { count, arrangement }: { count: number; arrangement: Arrangement },
): Promise<void> {
  const lines = arrangement === 'together' ? linesTogether(source, count) : linesInTurn(source, count);
  await writeChangeLines(target, lines);
}

async function* linesTogether(source: string, count: number): AsyncGenerator<string[]> {
  for await (const lines of changeLines(source)) {
    yield lines.flatMap((line) =>
      Array.from({ length: count }, (_, copy) =>
        retimed(withOtherIds(line, copy), ({ t, i }) => ({ t, i: i * count + copy })),
      ),
    );
  }
}

async function* linesInTurn(source: string, count: number): AsyncGenerator<string[]> {
  const { first, last } = await timesOf(source);
  // Time runs `count` times as fast, so that all copies fit into the time of one and every second stays in 32 bits. The
  // ordinal grows by the second's remainder, because several seconds become one.
  const length = Math.ceil((last - first + 1) / count);
  for (let copy = 0; copy < count; copy += 1) {
    for await (const lines of changeLines(source)) {
      yield lines.map((line) =>
        retimed(withOtherIds(line, copy), ({ t, i }) => ({
          t: first + copy * length + Math.floor((t - first) / count),
          i: ((t - first) % count) * 1_000_000 + i,
        })),
      );
    }
  }
}

// Increments the fifth byte of every id. If two ids collided, they would show as duplicates in the counts.
function withOtherIds(line: string, copy: number): string {
  if (copy === 0) return line;
  const other = (_: string, before: string, byte: string) =>
    before + ((Number.parseInt(byte, 16) + copy) % 256).toString(16).padStart(2, '0');
  return line
    .replaceAll(/("\$oid":"[0-9a-f]{8})([0-9a-f]{2})/g, other)
    .replace(/("_data":"[0-9A-F]{26})([0-9A-F]{2})/, (...found: [string, string, string]) => {
      const text = other(...found);
      return text.slice(0, -2) + text.slice(-2).toUpperCase();
    });
}

type Time = InsertedDocument['clusterTime']['$timestamp'];

function retimed(line: string, change: (time: Time) => Time): string {
  return line.replace(/"\$timestamp":\{"t":(\d+),"i":(\d+)\}/, (_, t: string, i: string) => {
    const time = change({ t: Number(t), i: Number(i) });
    return `"$timestamp":${JSON.stringify(time)}`;
  });
}

async function timesOf(source: string): Promise<{ first: number; last: number }> {
  let first = Number.NaN;
  let last = 0;
  for await (const lines of changeLines(source)) {
    for (const line of lines) {
      last = Number(/"\$timestamp":\{"t":(\d+)/.exec(line)?.[1]);
      if (Number.isNaN(first)) first = last;
    }
  }
  return { first, last };
}
