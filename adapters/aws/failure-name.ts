/** The kind of an error in one word, without any content of the request: the service's own name for it, or a code such
 *  as ECONNREFUSED if no service answered, which the SDK reports as a plain `Error`. */
export function failureName(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as NodeJS.ErrnoException;
  return (error.name === 'Error' || error.name === 'AggregateError') && typeof code === 'string' ? code : error.name;
}

/** The part of an SDK error that may be passed on: errors can hold the connection, and with it the request, its
 *  signature and the session token. */
export function withoutRequest(error: unknown): Error {
  const words = error instanceof Error ? error.message : '';
  return Object.assign(new Error(words), { name: failureName(error) });
}
