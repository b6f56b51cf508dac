import { parseAwsSettings } from '../aws/settings.ts';
import { authorizer } from '../aws/http/authorizing.ts';

/** The shared authorizer of the feed API. */
export const handler = authorizer(parseAwsSettings(process.env).auth);
