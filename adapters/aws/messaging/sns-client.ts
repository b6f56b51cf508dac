import { SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';

// A request without an answer for this long has failed: by default the SDK waits forever.
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true };

/** Opens a client that retries throttled requests, 5xx and lost connections, with jitter. */
export function openSnsClient(config: SNSClientConfig = {}): SNSClient {
  return new SNSClient({ maxAttempts: 8, requestHandler: TIMEOUTS, ...config });
}
