import { FigtreeError } from '../../events/errors.ts';
import { valuesIn } from '../../producers/item-limits.ts';
import { ndjsonBatches } from '../../producers/ndjson-lines.ts';
import type { NoAnswer, TheirAnswer } from '../../replay/parity.ts';
import { openImportSource } from '../import-source.ts';
import type { ParityRules } from './rules.ts';
import { sampledPlaces } from './sampling.ts';

// A user with 300,000 followers still fits.
const LINE_BYTES_MAX = 8 * 1024 * 1024;
const VALUES_MAX = 1_000_000;

export interface ExportOptions {
  readonly parity: Pick<ParityRules, 'answerOf'>;
  /** Default: every line. */
  readonly sample?: { readonly size: number; readonly seed: number };
}

/** Reads the answers in an export of the other system: NDJSON, plain or gzip, one line per key. Memory use is independent of its
 *  length. To draw a sample of its lines, it is read twice. */
export async function* exportAnswers(
  path: string,
  { parity, sample }: ExportOptions,
): AsyncGenerator<TheirAnswer | NoAnswer> {
  if (path === '-' && sample !== undefined) {
    throw new FigtreeError('REQUEST_INVALID', 'a sample requires a file that can be read twice, not stdin');
  }
  const chosen = sample && sampledPlaces(await countLines(path), sample);
  let place = 0;
  for await (const line of linesOf(path)) {
    if (chosen?.has(place) !== false) yield answerIn(line, parity, place + 1);
    place += 1;
  }
}

type Line = string | { readonly error: string };

async function* linesOf(path: string): AsyncGenerator<Line> {
  const source = await openImportSource(path);
  try {
    for await (const items of ndjsonBatches(source.bytes, { lineBytesMax: LINE_BYTES_MAX })) {
      for (const { text, problem } of items) yield problem === undefined ? text : { error: problem.message };
    }
  } finally {
    source.close();
  }
}

async function countLines(path: string): Promise<number> {
  let count = 0;
  for await (const _ of linesOf(path)) count += 1;
  return count;
}

function answerIn(line: Line, parity: ExportOptions['parity'], number: number) {
  const answer = typeof line === 'string' ? parsed(line, parity) : line;
  return 'error' in answer ? { ...answer, error: `line ${number}: ${answer.error}` } : answer;
}

function parsed(line: string, { answerOf }: ExportOptions['parity']): TheirAnswer | NoAnswer {
  if (valuesIn(Buffer.from(line)) > VALUES_MAX) return { error: `more than ${VALUES_MAX} values` };
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return { error: 'not JSON' };
  }
  return answerOf(document, {});
}
