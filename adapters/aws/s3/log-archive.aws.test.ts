import { describe } from 'vitest';
import { logArchiveContract } from '../../../ports/contracts/log-archive.contract.ts';
import { bucketUnderTest } from '../../../testing/aws/bucket-under-test.ts';
import { awsUnderTest } from '../../../testing/aws/emulated.ts';
import { openS3LogArchive } from './log-archive.ts';

const aws = awsUnderTest('s3');

describe.skipIf(aws.skipReason)(`on S3 of ${aws.engine}`, () => {
  const { client, bucket, newPart } = bucketUnderTest(aws);
  logArchiveContract(async () => {
    const { prefix, objects, remove } = newPart();
    const open = () => openS3LogArchive({ client, bucket, prefix });
    return {
      archive: open(),
      open,
      spoilManifest: (text) => objects.put('manifest.json', new TextEncoder().encode(text)),
      remove,
    };
  });
});
