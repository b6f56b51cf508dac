import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

// A connection on which nothing moves for so long is dead: by itself the SDK waits for ever. Not of a whole request, because
// an object may be large and a line slow.
const SILENCE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 3000;

/** Opens a client that all buckets of one process share. Throttling, 5xx and dead connections are tried again by the SDK itself, with
 *  jitter; what is sent and what is received carries a checksum that the other side verifies. */
export function openS3Client(config: S3ClientConfig = {}, silenceMs = SILENCE_MS): S3Client {
  return new S3Client({
    maxAttempts: 8,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: silenceMs },
    requestChecksumCalculation: 'WHEN_SUPPORTED',
    responseChecksumValidation: 'WHEN_SUPPORTED',
    // Whoever is not Amazon has no host name for each bucket.
    ...(config.endpoint !== undefined && { forcePathStyle: true }),
    ...config,
  });
}
