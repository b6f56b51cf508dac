import { FigtreeError } from '../../../events/errors.ts';
import type { FeedItem, YublCursor } from '../../../ports/feed-reader.ts';
import type { Page, PageQuery } from '../../../ports/page.ts';
import type { SearchReader, UserHit, UserHitCursor } from '../../../ports/search-reader.ts';
import type { LazyThread, Thread } from '../threads/threads.ts';

/** What goes to the search thread. */
export type SearchQuestion = { readonly id: number; readonly text: string } & (
  | { readonly kind: 'users'; readonly query: PageQuery<UserHitCursor> }
  | { readonly kind: 'yubls'; readonly query: PageQuery<YublCursor> }
);

export type UserPage = Page<UserHit, UserHitCursor>;
export type YublPage = Page<FeedItem, YublCursor>;

/** What comes back from it: the page of the question with this id. */
export type SearchAnswer =
  | { readonly id: number; readonly page: UserPage | YublPage }
  | { readonly id: number; readonly error: Error }
  // The code of an error does not survive the way from thread to thread.
  | { readonly id: number; readonly damaged: string; readonly path: string };

interface Waiting {
  resolve(page: UserPage | YublPage): void;
  reject(error: unknown): void;
}

/** The search of another thread, as if it were here. */
export interface SearchClient extends SearchReader {
  /** Resolves once all questions have their answers; none may be asked after that. */
  answered(): Promise<void>;
}

export function searchClient(thread: LazyThread): SearchClient {
  const asked = new Map<number, Waiting>();
  const unanswered = new Set<Promise<unknown>>();
  let lastId = 0;
  let listening: Thread | undefined;

  function listen(started: Thread): void {
    listening = started;
    started.onMessage((message) => {
      const answer = message as SearchAnswer;
      const waiting = asked.get(answer.id);
      asked.delete(answer.id);
      if ('error' in answer) waiting?.reject(answer.error);
      else if ('damaged' in answer) {
        waiting?.reject(new FigtreeError('DATA_DAMAGED', answer.damaged, { path: answer.path }));
      } else waiting?.resolve(answer.page);
    });
    started.onDeath((error) => {
      for (const { reject } of asked.values()) reject(error);
      asked.clear();
    });
  }

  async function askThread(question: (id: number) => SearchQuestion): Promise<UserPage | YublPage> {
    const started = await thread.get();
    if (listening !== started) listen(started);
    await started.opened();
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      asked.set(id, { resolve, reject });
      started.post(question(id));
    });
  }

  function ask(question: (id: number) => SearchQuestion): Promise<UserPage | YublPage> {
    const answer = askThread(question);
    unanswered.add(answer);
    const settled = () => void unanswered.delete(answer);
    answer.then(settled, settled);
    return answer;
  }

  // The thread answers each question with a page of its kind; a message cannot say so to the compiler.
  return {
    users: (text, query) => ask((id) => ({ id, kind: 'users', text, query })) as Promise<UserPage>,
    yubls: (text, query) => ask((id) => ({ id, kind: 'yubls', text, query })) as Promise<YublPage>,
    answered: async () => void (await Promise.allSettled(unanswered)),
  };
}
