import type { CloudSearchDomainClient } from '@aws-sdk/client-cloudsearch-domain';
import { type Backoff, backoffMs } from '../../../../resilience/backoff.ts';
import { type Batch, fillBatch, sendBatch } from './batch.ts';
import { cloudSearchFailure } from './client.ts';
import { type DirtyName, dirtyName, type Mark, openDirtyList } from './queue.ts';
import { DOCUMENTS_MAX, openDomainTurns, type Turn } from './turns.ts';
import type { NotifyEngine } from '../search-documents.ts';
import type { DynamoTable } from '../../dynamo/dynamo-table.ts';

export interface CloudSearchUploader {
  /** Marks documents to be sent, by whichever process has the next turn. */
  readonly notify: NotifyEngine;
  /** Sends one batch of marked documents, if a turn is available. Call it after each batch of events, and by a
   *  schedule, so that the last ones are sent too. Rejects with STORAGE_FAILED if CloudSearch fails; nothing is lost
   *  then. */
  drain(): Promise<Drained>;
}

export interface Drained {
  /** Documents of users and yubls that CloudSearch has taken. */
  readonly taken: number;
  /** Documents that it can never take. They are kept under REFUSED in the table, for an operator. */
  readonly refused: number;
  /** Number of warnings from CloudSearch about documents that it has taken. */
  readonly warnings: number;
  /** When to call again, from now. Absent: nothing is left. */
  readonly againInMs?: number;
}

export interface CloudSearchUploaderOptions {
  /** Between the batches of all Lambdas together. Default: 10,000, as CloudSearch recommends. */
  readonly everyMs?: number;
  /** When another process may take over, so it has to exceed a batch with all its retries. Default: 60,000. */
  readonly turnMs?: number;
  readonly pauses?: Backoff;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const PAUSES = { firstMs: 500, maxMs: 8000 };
const MARKS_MAX = 10_000;
// CloudSearch does not distinguish the order of two batches within one second.
const SAME_SECOND_MS = 1100;
const NOTHING: Drained = { taken: 0, refused: 0, warnings: 0 };

/** Copies documents from the table to CloudSearch: one batch for all writers, at the pace that it requires. */
export function openCloudSearchUploader(
  table: DynamoTable,
  documents: CloudSearchDomainClient,
  options: CloudSearchUploaderOptions = {},
): CloudSearchUploader {
  const { everyMs = 10_000, turnMs = 60_000, pauses = PAUSES, now = Date.now } = options;
  const dirty = openDirtyList(table, now);
  const turns = openDomainTurns(table, turnMs, now);

  async function markAbandoned(): Promise<void> {
    const { names, done } = await turns.abandoned();
    if (names.length === 0) return;
    await dirty.mark(names);
    await done();
  }

  async function sendInTurn(turn: Turn, batch: Batch): Promise<Drained> {
    const { names } = batch;
    await turns.noteSending(turn, names);
    const mayRetry = () => now() + turnMs / 2 < turn.until;
    const sent = await sendBatch(documents, batch, { pauses, mayRetry });
    const notBefore = Math.max(turn.begun + everyMs, now() + SAME_SECOND_MS);
    if (sent.result === 'taken') {
      const isMine = await turns.end(turn, { notBefore, documentsMax: Math.min(turn.documentsMax * 2, DOCUMENTS_MAX) });
      // Another process may have sent newer ones before these arrived.
      if (!isMine) await dirty.mark(names);
      await turns.forgetSending(turn);
      return { ...NOTHING, taken: isMine ? names.length : 0, warnings: sent.warnings };
    }
    if (sent.result === 'refused') {
      if (names.length === 1) await table.put({ pk: 'REFUSED', sk: names[0] ?? '', at: now() });
      await turns.end(turn, { notBefore, documentsMax: Math.ceil(names.length / 2) });
      await turns.forgetSending(turn);
      return { ...NOTHING, refused: names.length === 1 ? 1 : 0 };
    }
    await turns.end(turn, { notBefore: notBefore + backoffMs(1, pauses), documentsMax: turn.documentsMax });
    if (!sent.unsure) await turns.forgetSending(turn);
    throw cloudSearchFailure(sent.error);
  }

  async function drain(): Promise<Drained> {
    const turn = await turns.next();
    if ('waitMs' in turn) return { ...NOTHING, againInMs: turn.waitMs };
    await markAbandoned();
    const { marks, more } = await dirty.oldest(MARKS_MAX);
    if (marks.length === 0) return NOTHING;
    if (!(await turns.take(turn))) return { ...NOTHING, againInMs: everyMs };
    // Read after the previous turn has ended: what is sent later is newer.
    const batch = await fillBatch(
      table,
      marks.map(({ name }) => name),
      turn.documentsMax,
    );
    const drained = batch.operations > 0 ? await sendInTurn(turn, batch) : await endWithout(turn, batch);
    const settled = drained.taken + drained.refused > 0 ? marksOf(marks, batch.names) : [];
    await dirty.erase(settled);
    return more || settled.length < marks.length ? { ...drained, againInMs: everyMs } : drained;
  }

  async function endWithout(turn: Turn, { names }: Batch): Promise<Drained> {
    await turns.end(turn, { notBefore: 0, documentsMax: turn.documentsMax });
    return { ...NOTHING, taken: names.length };
  }

  return { notify: (some) => dirty.mark(some.map(dirtyName)), drain };
}

function marksOf(marks: readonly Mark[], names: readonly DirtyName[]): Mark[] {
  const known = new Set(names);
  return marks.filter(({ name }) => known.has(name));
}
