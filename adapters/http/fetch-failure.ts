/** The code of a failure of `fetch`, or its name. No message of another library: some show the URL with its password. */
export function fetchFailureCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = { ...(error.cause as object | undefined), ...error } as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
