import { relationshipApiFunction } from '../aws/functions/relationship-api.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = relationshipApiFunction(openAws());
