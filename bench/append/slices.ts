/** A store to append events to, one call at a time. */
export interface Appender {
  /** Resolves once this many events, in one call, are durable. */
  append(events: number): Promise<void>;
  /** Counted in the store itself. */
  count(): Promise<number>;
  close(): Promise<void>;
}

export type SliceQuestion = { readonly batch: number; readonly ms: number } | { readonly count: true };

export interface Slice {
  readonly events: number;
  readonly seconds: number;
  /** Per call. */
  readonly latenciesMs: readonly number[];
}

/** Serves the benchmark from a separate process, so that no store shares its heap or its event loop with another
 *  one. */
export async function serveSlices(open: () => Promise<Appender>): Promise<void> {
  const appender = await open();
  async function answer(question: SliceQuestion | { readonly end: true }): Promise<void> {
    if ('end' in question) {
      await appender.close();
      process.disconnect();
    } else if ('count' in question) process.send?.(await appender.count());
    else process.send?.(await slice(appender, question));
  }
  process.on('message', (question) => void answer(question as SliceQuestion | { readonly end: true }));
  process.send?.('ready');
}

async function slice(appender: Appender, { batch, ms }: { batch: number; ms: number }): Promise<Slice> {
  const latenciesMs: number[] = [];
  const start = performance.now();
  let now = start;
  while (now < start + ms) {
    await appender.append(batch);
    const done = performance.now();
    latenciesMs.push(done - now);
    now = done;
  }
  return { events: latenciesMs.length * batch, seconds: (now - start) / 1000, latenciesMs };
}

const EVENT_BYTES = 400;
const FIRST_SECOND = 1_456_124_520;

/** The same for every store: the data of a yubl-posted event, 400 bytes as JSON. */
export function yublData(number: number): { yublId: string; authorId: string; text: string; postedAt: string } {
  const data = {
    // As MongoDB creates them: beginning with the seconds, so that ids are roughly in order; a thousand yubls a second.
    yublId: (FIRST_SECOND + Math.floor(number / 1000)).toString(16) + scattered(number),
    authorId: (number % 10_000).toString(16).padStart(24, '0'),
    text: `a yubl of a length that people write, number ${number} `,
    postedAt: '2016-02-22T07:02:00.000Z',
  };
  data.text += 'y'.repeat(EVENT_BYTES - JSON.stringify(data).length);
  return data;
}

function scattered(number: number): string {
  return (Math.imul(number, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0') + number.toString(16).padStart(8, '0');
}
