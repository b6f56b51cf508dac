import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

// A connection without progress for this long is dead: by default the SDK waits forever. Not a limit for a whole
// request, because an object may be large and a line slow.
const SILENCE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3000;

/** Opens a client that all buckets of one process share. The SDK retries throttling, 5xx and dead connections, with
 *  jitter; requests and responses carry a checksum that the other side verifies. */
export function openS3Client(config: S3ClientConfig = {}, silenceMs = SILENCE_MS): S3Client {
  return new S3Client({
    maxAttempts: 8,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: silenceMs },
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    // Emulators have no host name per bucket.
    ...(config.endpoint !== undefined && { forcePathStyle: true }),
    ...config,
  });
}
