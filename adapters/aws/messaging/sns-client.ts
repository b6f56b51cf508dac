import { SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';

// A request that hears nothing for so long has failed: by itself the SDK waits for ever.
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true };

/** Opens a client that tries throttled requests, 5xx and lost connections again by itself, with jitter. */
export function openSnsClient(config: SNSClientConfig = {}): SNSClient {
  return new SNSClient({ maxAttempts: 8, requestHandler: TIMEOUTS, ...config });
}
