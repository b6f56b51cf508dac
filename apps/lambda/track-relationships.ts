import { trackRelationshipsFunction } from '../aws/functions/track-relationships.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = trackRelationshipsFunction(openAws());
