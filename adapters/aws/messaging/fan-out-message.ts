import { readQueuedMessage } from '../../../events/carriers/message-attributes.ts';
import type { Correlation } from '../../../events/correlation.ts';
import type { Problem } from '../../../events/errors.ts';
import type { FannedOutYubl, FanOutMessage, FollowerBatch } from '../../../ports/fan-out.ts';

// A batch of a fan-out as the text of a message: three fields of the yubl and the batch as the store made it. There is
// one for each batch of followers of every yubl, so names are short: y, a, s of the yubl, f for the followers.

export function fanOutText({ yubl, followers }: FanOutMessage): string {
  return JSON.stringify({ y: yubl.yublId, a: yubl.authorId, s: yubl.sequence, f: followers });
}

/** Parses a record of an SQS queue that is subscribed to the topic, with or without raw delivery. Returns a problem if
 *  it can never be handled; its message does not quote the text. */
export function readFanOutMessage(
  record: Parameters<typeof readQueuedMessage>[0],
): { readonly message: FanOutMessage; readonly correlation: Correlation } | Problem {
  const { text, correlation } = readQueuedMessage(record);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { code: 'NOT_JSON', message: 'the message is not JSON' };
  }
  const { y: yublId, a: authorId, s: sequence, f: followers } = (parsed ?? {}) as Record<string, unknown>;
  const yubl = { yublId, authorId, sequence };
  const wrong = Object.entries(yubl).find(([, value]) => typeof value !== 'string' || value === '');
  if (wrong !== undefined) return { code: 'EVENT_INVALID', path: wrong[0], message: 'expected text' };
  const size = (followers as Partial<FollowerBatch> | null | undefined)?.size;
  if (!Number.isSafeInteger(size)) {
    return { code: 'EVENT_INVALID', path: 'followers', message: 'expected a batch of followers' };
  }
  return { message: { yubl: yubl as FannedOutYubl, followers: followers as FollowerBatch }, correlation };
}
