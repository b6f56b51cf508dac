import type { HttpEvent } from './http-event.ts';

/** What a function gives back for API Gateway or a load balancer to answer with. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of `headers`, where the event had its headers so: a load balancer takes no other form then. */
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Every answer of these functions is text. */
export async function httpAnswer(
  response: Response,
  { multiValues }: Pick<HttpEvent, 'multiValues'>,
): Promise<HttpAnswer> {
  const answer = { statusCode: response.status, body: await response.text(), isBase64Encoded: false };
  const headers = [...response.headers];
  if (!multiValues) return { ...answer, headers: Object.fromEntries(headers) };
  return { ...answer, multiValueHeaders: Object.fromEntries(headers.map(([name, value]) => [name, [value]])) };
}
