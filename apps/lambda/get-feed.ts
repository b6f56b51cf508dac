import { getFeedFunction } from '../aws/functions/get-feed.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = getFeedFunction(openAws());
