import { openHttpClient } from '../../adapters/http/http-client.ts';
import type { Consumer } from '../../consumers/runtime/consumer.ts';

/** Announces every new user to another system through its webhook. The consumer declares that it leaves the system, so
 *  a rebuild does not announce the newcomers of past years again. A crash may repeat a call, which its key lets the other
 *  side detect. */
export function announceNewcomers(webhook: URL): Consumer {
  const http = openHttpClient({ name: 'announce-newcomers', url: webhook });
  return {
    name: 'announce-newcomers',
    leavesSystem: true,
    on: {
      'user-joined': async ({ data: { userId, joinedAt } }) => {
        await http.send({ json: { userId, joinedAt } });
        return { announced: userId };
      },
    },
  };
}
