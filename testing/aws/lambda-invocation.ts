/** A function and its invocation context. `killed` is aborted when Lambda ends the process, and everything in progress
 *  with it. */
export type Invoke<Event> = (event: Event, context: LambdaContext, killed: AbortSignal) => Promise<unknown>;

export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export type Ended = { readonly kind: 'answered'; readonly answer: unknown } | { readonly kind: 'failed' };

/** Invokes a function once. It fails by rejecting, or by exceeding its time limit. */
export async function invokeOnce<Event>(invoke: Invoke<Event>, event: Event, timeoutMs: number): Promise<Ended> {
  const endsAtMs = performance.now() + timeoutMs;
  const killing = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<Ended>();
  const timer = setTimeout(() => {
    killing.abort();
    resolve({ kind: 'failed' });
  }, timeoutMs);
  const context = { getRemainingTimeInMillis: () => endsAtMs - performance.now() };
  const running = invoke(event, context, killing.signal).then(
    (answer): Ended => ({ kind: 'answered', answer: asSent(answer) }),
    (): Ended => ({ kind: 'failed' }),
  );
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lambda receives text. */
function asSent(answer: unknown): unknown {
  return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
}
