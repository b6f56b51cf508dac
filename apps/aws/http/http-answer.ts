import type { HttpEvent } from './http-event.ts';

/** The response of a function to API Gateway or a load balancer. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of `headers` if the event had this form: a load balancer then accepts no other. */
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Every response of these functions is text. */
export async function httpAnswer(
  response: Response,
  { multiValues }: Pick<HttpEvent, 'multiValues'>,
): Promise<HttpAnswer> {
  const answer = { statusCode: response.status, body: await response.text(), isBase64Encoded: false };
  const headers = [...response.headers];
  if (!multiValues) return { ...answer, headers: Object.fromEntries(headers) };
  return { ...answer, multiValueHeaders: Object.fromEntries(headers.map(([name, value]) => [name, [value]])) };
}
