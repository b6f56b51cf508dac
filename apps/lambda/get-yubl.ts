import { getYublFunction } from '../aws/functions/get-yubl.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = getYublFunction(openAws());
