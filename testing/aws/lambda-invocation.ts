/** A function, and what it is told of its invocation. `killed` is aborted when Lambda ends the process, and with it whatever the
 *  function was about to do. */
export type Invoke<Event> = (event: Event, context: LambdaContext, killed: AbortSignal) => Promise<unknown>;

export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export type Ended = { readonly kind: 'answered'; readonly answer: unknown } | { readonly kind: 'failed' };

/** Invokes a function once. It fails by rejecting, or by taking longer than it may. */
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

/** What Lambda gets is text. */
function asSent(answer: unknown): unknown {
  return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
}
