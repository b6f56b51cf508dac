import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../../../resilience/backoff.ts';

// The SDK's own strategy allows all requests of a client together some 35 retries, and then fails each at its first
// error, until others succeed. Callers that retry by themselves can live with it. Here a failure would repeat the whole
// batch with all its work, so each request has its own retries: usually six seconds, thirteen at most.
const ATTEMPTS_MAX = 9;
const PAUSES = { firstMs: 50, maxMs: 5000 };

type RetryStrategy = Exclude<NonNullable<DynamoDBClientConfig['retryStrategy']>, { retry: unknown }>;

/** Retries with pauses when DynamoDB throttles, fails or cannot be reached, and not when it refuses. */
export function dynamoRetries(): RetryStrategy {
  return {
    mode: 'standard',
    acquireInitialRetryToken: async () => tokenAfter(0),
    async refreshRetryTokenForRetry(token, { errorType }) {
      const failures = token.getRetryCount() + 1;
      if (errorType === 'CLIENT_ERROR' || failures >= ATTEMPTS_MAX) throw new Error('The request is not retried');
      return tokenAfter(failures);
    },
    recordSuccess() {},
  } as RetryStrategy;
}

function tokenAfter(failures: number) {
  const delayMs = failures === 0 ? 0 : backoffMs(failures, PAUSES);
  return { getRetryCount: () => failures, getRetryDelay: () => delayMs, getRetryCost: () => 0 };
}
