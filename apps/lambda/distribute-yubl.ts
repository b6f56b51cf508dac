import { distributeYublFunction } from '../aws/functions/distribute-yubl.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = distributeYublFunction(openAws());
