import { indexSearchFunction } from '../aws/functions/index-search.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = indexSearchFunction(openAws());
