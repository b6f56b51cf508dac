import { closeArchiveFunction } from '../aws/functions/archive-events.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = closeArchiveFunction(openAws());
