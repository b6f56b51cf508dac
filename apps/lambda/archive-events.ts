import { archiveEventsFunction } from '../aws/functions/archive-events.ts';
import { openAws } from '../aws/open-aws.ts';

export const handler = archiveEventsFunction(openAws());
