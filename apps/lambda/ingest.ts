import { ingestFunction } from '../aws/functions/ingest.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = ingestFunction(openAws());
