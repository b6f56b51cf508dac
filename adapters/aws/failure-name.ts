/** What went wrong in one word that says nothing of what was sent: the service's own name for it, or ECONNREFUSED and its like
 *  where no service answered, which the SDK leaves as a plain `Error`. */
export function failureName(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as NodeJS.ErrnoException;
  return (error.name === 'Error' || error.name === 'AggregateError') && typeof code === 'string' ? code : error.name;
}

/** What of the SDK's error may be handed on: its errors can hold the connection, and with it the request, the signature and the
 *  session's token. */
export function withoutRequest(error: unknown): Error {
  const words = error instanceof Error ? error.message : '';
  return Object.assign(new Error(words), { name: failureName(error) });
}
