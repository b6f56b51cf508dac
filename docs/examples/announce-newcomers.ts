import type { Consumer } from '../../consumers/runtime/consumer.ts';

const ANSWER_MS = 5000;

/** Announces every new user to another system through its webhook. The consumer declares that it leaves the system, so
 *  a rebuild does not announce the newcomers of past years again. A crash may repeat a call, which the id lets the
 *  other side detect. */
export function announceNewcomers(webhook: URL): Consumer {
  return {
    name: 'announce-newcomers',
    leavesSystem: true,
    on: {
      'user-joined': async ({ id, data }) => {
        const response = await fetch(webhook, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': id },
          body: JSON.stringify({ userId: data.userId, joinedAt: data.joinedAt }),
          signal: AbortSignal.timeout(ANSWER_MS),
        });
        if (!response.ok) throw new Error(`the webhook answers ${response.status}`);
        return { announced: data.userId };
      },
    },
  };
}
