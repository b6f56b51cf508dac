import type { MessagePort } from 'node:worker_threads';
import type { Ask } from '../../../engine/parked-operations.ts';
import { FigtreeError } from '../../../events/errors.ts';
import { receivedError, type SentError, sentError } from './sent-errors.ts';
import type { Thread } from './threads.ts';

// Questions to a thread and their answers, both plain data: { ask, name, argument } is answered by { answer, result } or
// { answer, error: { code, message, details } }.

export interface Question {
  readonly ask: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Answer {
  readonly answer: number;
  readonly result?: unknown;
  readonly error?: SentError;
}

export function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'ask' in message;
}

export function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'answer' in message;
}

/** Gives the function that asks a thread. Rejects with the error that the thread met; with CONSUMER_STOPPED if it dies before
 *  it has answered, so that nobody knows how far it came; with SHUTTING_DOWN if it has stopped, or does so before it has heard
 *  the question. */
export function threadRequests(thread: Thread): Ask {
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: unknown) => void }>();
  let last = 0;
  let stopped = false;
  thread.onMessage((message) => {
    if (!isAnswer(message)) return;
    const { answer, result, error } = message;
    const asked = waiting.get(answer);
    waiting.delete(answer);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(receivedError({ code: 'INTERNAL', ...error }));
  });
  thread.onDeath((cause) => {
    rejectAll(new FigtreeError('CONSUMER_STOPPED', 'the projection thread has died', { cause }));
  });
  thread.onStopped(() => {
    stopped = true;
    rejectAll(versionEnds());
  });

  function rejectAll(error: FigtreeError): void {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  return async (name, argument) => {
    await thread.opened();
    if (stopped) throw versionEnds();
    return new Promise((resolve, reject) => {
      const ask = (last += 1);
      waiting.set(ask, { resolve, reject });
      thread.post({ ask, name, argument } satisfies Question);
    });
  };
}

function versionEnds(): FigtreeError {
  return new FigtreeError('SHUTTING_DOWN', 'this version of the projection has stopped; retry');
}

/** In the thread: answers every question by the function of its name. Other messages pass by. */
export function answerRequests(
  port: MessagePort,
  handlers: Readonly<Record<string, (argument: never) => unknown>>,
): void {
  port.on('message', (message: unknown) => {
    if (!isQuestion(message)) return;
    const { ask, name, argument } = message;
    const handler = handlers[name] as ((argument: unknown) => unknown) | undefined;
    void answerOf(handler, argument).then((answer) => port.postMessage({ answer: ask, ...answer }));
  });
}

async function answerOf(
  handler: ((argument: unknown) => unknown) | undefined,
  argument: unknown,
): Promise<Omit<Answer, 'answer'>> {
  try {
    if (handler === undefined) throw new Error('unknown request');
    return { result: await handler(argument) };
  } catch (error) {
    return { error: sentError(error) };
  }
}
