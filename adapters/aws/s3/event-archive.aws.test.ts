import { describe } from 'vitest';
import { eventArchiveContract } from '../../../ports/contracts/event-archive.contract.ts';
import { bucketUnderTest } from '../../../testing/aws/bucket-under-test.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { openS3EventArchive } from './event-archive.ts';

// Few keys per page, so that every list has several pages.
const LIST_SIZE = 2;

const aws = awsUnderTest('s3');

describe.skipIf(aws.skipReason)(`on S3 of ${aws.engine}`, () => {
  const { client, bucket, newPart } = bucketUnderTest(aws);
  eventArchiveContract(async () => {
    const { prefix, objects, remove } = newPart();
    const open = () => openS3EventArchive({ client, bucket, prefix, listSize: LIST_SIZE });
    return {
      archive: open(),
      open,
      names: () => objects.list(''),
      replace: (name, bytes) => (bytes === undefined ? objects.remove(name) : objects.put(name, bytes)),
      bytes: async (name) => (await objects.get(name)) ?? new Uint8Array(),
      remove,
    };
  });
});
