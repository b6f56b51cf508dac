import type { Consumer } from '../../consumers/runtime/consumer.ts';

/** What the feature remembers: rows in its own projection's file, say. */
export interface Greetings {
  add(userId: string, text: string): void;
}

/** Greets everybody who joins. */
export function greetNewcomers(greetings: Greetings): Consumer {
  return {
    name: 'greet-newcomers',
    on: {
      'user-joined': ({ data }) => {
        greetings.add(data.userId, `Welcome, ${data.firstName ?? data.userName}!`);
        return { greeted: data.userId };
      },
    },
  };
}
