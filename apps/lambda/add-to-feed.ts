import { addToFeedFunction } from '../aws/functions/add-to-feed.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = addToFeedFunction(openAws());
