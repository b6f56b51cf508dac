import type { Transferable } from 'node:worker_threads';
import { receivedError, type SentError, sentError } from './sent-errors.ts';

// The two ends of a channel exchange three kinds of messages: a call { call, name, argument }, its answer
// { answer, result } or { answer, error }, and news { name, argument }, which has no answer.

type Message =
  | { readonly call?: number; readonly name: string; readonly argument: unknown }
  | { readonly answer: number; readonly result?: unknown; readonly error?: SentError };

/** The functions of one end that the other end can call by name. Arguments and results must be cloneable. */
export type Methods = Readonly<Record<string, (argument: never) => unknown>>;

type Sent<Method> = Method extends () => unknown
  ? []
  : Method extends (argument: infer Argument) => unknown
    ? [argument: Argument, moved?: readonly Transferable[]]
    : never;
type Answered<Method> = Method extends (argument: never) => infer Result ? Awaited<Result> : never;

/** The other end of a channel. Objects in `moved` are transferred, not copied. */
export interface Remote<There extends Methods> {
  /** Rejects with the error that the method threw, or with the reason why the other end has ended. */
  call<Name extends keyof There & string>(name: Name, ...sent: Sent<There[Name]>): Promise<Answered<There[Name]>>;
  /** Does nothing once the other end has ended. */
  tell<Name extends keyof There & string>(name: Name, ...sent: Sent<There[Name]>): void;
}

export interface Channel<There extends Methods> extends Remote<There> {
  heard(message: unknown): void;
  /** Rejects all calls that wait for an answer, and all later ones. */
  end(reason: unknown): void;
}

export type Post = (message: unknown, moved?: readonly Transferable[]) => void;

export function openChannel<There extends Methods>(post: Post, here: Methods): Channel<There> {
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: unknown) => void }>();
  let calls = 0;
  let ended: { readonly reason: unknown } | undefined;

  async function answer(call: number | undefined, name: string, argument: unknown): Promise<void> {
    const method = here[name] as ((argument: unknown) => unknown) | undefined;
    try {
      if (method === undefined) throw new Error(`there is no method ${name}`);
      const result = await method(argument);
      if (call !== undefined) post({ answer: call, result });
    } catch (error) {
      if (call === undefined) throw error;
      post({ answer: call, error: sentError(error) });
    }
  }

  return {
    call: (name, ...sent) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended.reason);
        const [argument, moved] = sent as [unknown?, (readonly Transferable[])?];
        const call = (calls += 1);
        post({ call, name, argument }, moved);
        waiting.set(call, { resolve, reject });
      }),
    tell(name, ...sent) {
      const [argument, moved] = sent as [unknown?, (readonly Transferable[])?];
      if (ended === undefined) post({ name, argument }, moved);
    },
    heard(received) {
      if (ended !== undefined) return;
      const message = received as Message;
      if (!('answer' in message)) return void answer(message.call, message.name, message.argument);
      const { answer: call, result, error } = message;
      const asked = waiting.get(call);
      waiting.delete(call);
      if (error === undefined) asked?.resolve(result as never);
      else asked?.reject(receivedError(error));
    },
    end(reason) {
      ended ??= { reason };
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}
