import { searchApiFunction } from '../aws/functions/search-api.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = searchApiFunction(openAws());
