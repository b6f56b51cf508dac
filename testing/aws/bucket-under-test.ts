import { CreateBucketCommand, DeleteBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { openS3Client } from '../../adapters/aws/s3/client.ts';
import { openS3Objects, type S3Objects } from '../../adapters/aws/s3/objects.ts';
import type { AwsUnderTest } from './emulated.ts';

export interface BucketUnderTest {
  readonly client: S3Client;
  readonly bucket: string;
  /** A private part of the bucket, and how to empty it. */
  newPart(): { readonly prefix: string; readonly objects: S3Objects; remove(): Promise<void> };
}

/** A bucket for the tests of the `describe` in which it is called. */
export function bucketUnderTest({ config, newName }: AwsUnderTest): BucketUnderTest {
  const client = openS3Client(config);
  const bucket = newName();
  let parts = 0;
  beforeAll(async () => void (await client.send(new CreateBucketCommand({ Bucket: bucket }))));
  afterAll(async () => {
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    client.destroy();
  });
  return {
    client,
    bucket,
    newPart() {
      parts += 1;
      const prefix = `part-${parts}/`;
      const objects = openS3Objects({ client, bucket, prefix });
      return {
        prefix,
        objects,
        async remove() {
          for (const name of await objects.list('')) await objects.remove(name);
        },
      };
    },
  };
}
