import type { Page, PageQuery } from '../../ports/page.ts';
import type { SearchReader, UserHitCursor, YublHitCursor } from '../../ports/search-reader.ts';
import type { LazyThread, Thread } from './threads.ts';

/** What goes to the search thread and comes back from it. */
export interface SearchQuestion {
  readonly id: number;
  readonly kind: 'users' | 'yubls';
  readonly text: string;
  readonly query: PageQuery<UserHitCursor & YublHitCursor>;
}

export type SearchAnswer =
  | { readonly id: number; readonly page: Page<unknown, unknown> }
  | { readonly id: number; readonly error: Error };

/** The search of another thread, as if it were here. */
export function searchClient(thread: LazyThread): SearchReader {
  const asked = new Map<number, { resolve: (page: never) => void; reject: (error: unknown) => void }>();
  let lastId = 0;
  let listening: Thread | undefined;

  function listen(started: Thread): void {
    listening = started;
    started.onMessage((message) => {
      const answer = message as SearchAnswer;
      const waiting = asked.get(answer.id);
      asked.delete(answer.id);
      if ('error' in answer) waiting?.reject(answer.error);
      else waiting?.resolve(answer.page as never);
    });
    started.onDeath((error) => {
      for (const { reject } of asked.values()) reject(error);
      asked.clear();
    });
  }

  async function ask<Answer>(kind: SearchQuestion['kind'], text: string, query: PageQuery<unknown>): Promise<Answer> {
    const started = await thread.get();
    if (listening !== started) listen(started);
    await started.opened();
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      asked.set(id, { resolve, reject });
      started.post({ id, kind, text, query });
    });
  }

  return {
    users: (text, query) => ask('users', text, query),
    yubls: (text, query) => ask('yubls', text, query),
  };
}
