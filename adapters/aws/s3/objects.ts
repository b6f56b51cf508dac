import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { FigtreeError } from '../../../events/errors.ts';
import { startAttempts } from '../../../resilience/retry.ts';
import { failureName, withoutRequest } from '../failure-name.ts';

/** Objects of a bucket whose keys share a prefix. Names are the rest of the key. Every call rejects with STORAGE_FAILED
 *  (retryable) if S3 keeps failing; the message names the object but never its content. */
export interface S3Objects {
  /** `s3://bucket/prefix`, without a slash at the end. */
  readonly place: string;
  /** Atomic; durable, and visible to every reader, once it resolves. Replaces an object with the same name. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined if there is none. Throws ARCHIVE_DAMAGED if it has more than `bytesMax` (1 GiB); then nothing of it is
   *  read. */
  get(name: string, bytesMax?: number): Promise<Uint8Array | undefined>;
  /** Names with this prefix, in order, over as many requests as needed. */
  list(begins: string): Promise<string[]>;
  /** The text between `begins` and the next slash, in order. */
  folders(begins: string): Promise<string[]>;
  /** Does nothing if there is none. */
  remove(name: string): Promise<void>;
}

export interface S3Place {
  readonly client: S3Client;
  readonly bucket: string;
  /** For instance `figtree/`; empty if everything in the bucket is ours. */
  readonly prefix?: string;
  /** Keys per request. S3 returns 1,000 at most. */
  readonly listSize?: number;
}

const READ_RETRY = { attemptsMax: 4, firstMs: 100, maxMs: 2000 };
// More than any file of an archive has.
const BYTES_MAX = 2 ** 30;

export function openS3Objects({ client, bucket, prefix = '', listSize = 1000 }: S3Place): S3Objects {
  const place = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  const failed =
    (what: string) =>
    (error: unknown): never => {
      throw new FigtreeError('STORAGE_FAILED', `${place}/${what} cannot be used: ${failureName(error)}`, {
        path: place,
        cause: withoutRequest(error),
      });
    };

  /** Undefined if there is none. */
  async function answerFor(name: string): Promise<GetObjectCommandOutput | undefined> {
    try {
      return await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + name }));
    } catch (error) {
      return error instanceof Error && error.name === 'NoSuchKey' ? undefined : failed(name)(error);
    }
  }

  function pages(begins: string, Delimiter?: string): AsyncGenerator<ListObjectsV2CommandOutput, void> {
    const input = { Bucket: bucket, Prefix: prefix + begins, MaxKeys: listSize };
    return listPages(client, Delimiter === undefined ? input : { ...input, Delimiter }, failed(begins));
  }

  return {
    place,
    async put(name, bytes) {
      const input = { Bucket: bucket, Key: prefix + name, Body: bytes, ChecksumAlgorithm: 'SHA256' as const };
      await client.send(new PutObjectCommand(input)).catch(failed(name));
    },
    async get(name, bytesMax = BYTES_MAX) {
      // The SDK tries requests again, and not the reading of an answer that breaks off or is not what its checksum says.
      const attempts = startAttempts(READ_RETRY);
      for (;;) {
        const answer = await answerFor(name);
        if (answer === undefined) return undefined;
        refuseLarger(answer, bytesMax, `${place}/${name}`);
        try {
          return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
        } catch (error) {
          if (!(await attempts.again())) return failed(name)(error);
        }
      }
    },
    async list(begins) {
      const names: string[] = [];
      for await (const { Contents = [] } of pages(begins)) {
        for (const { Key = '' } of Contents) names.push(Key.slice(prefix.length));
      }
      return names;
    },
    async folders(begins) {
      const found: string[] = [];
      for await (const { CommonPrefixes = [] } of pages(begins, '/')) {
        for (const { Prefix = '' } of CommonPrefixes) found.push(Prefix.slice(prefix.length + begins.length, -1));
      }
      return found;
    },
    async remove(name) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + name })).catch(failed(name));
    },
  };
}

/** S3 states the size of every object. A server that does not is not S3, and the size of its response is unknown. */
function refuseLarger({ ContentLength, Body }: GetObjectCommandOutput, bytesMax: number, path: string): void {
  if (ContentLength !== undefined && ContentLength <= bytesMax) return;
  // Otherwise the connection would stay open for an unread response.
  (Body as { destroy?: () => void } | undefined)?.destroy?.();
  const bytes = ContentLength ?? 'an unknown number of';
  throw new FigtreeError('ARCHIVE_DAMAGED', `${path} has ${bytes} bytes, more than the maximum of ${bytesMax}`, {
    path,
  });
}

async function* listPages(
  client: S3Client,
  input: ListObjectsV2CommandInput,
  failed: (error: unknown) => never,
): AsyncGenerator<ListObjectsV2CommandOutput, void> {
  let from: string | undefined;
  do {
    const token = from === undefined ? {} : { ContinuationToken: from };
    const page: ListObjectsV2CommandOutput = await client
      .send(new ListObjectsV2Command({ ...input, ...token }))
      .catch(failed);
    yield page;
    from = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (from !== undefined);
}
