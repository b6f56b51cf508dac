import { invalid } from '../config.ts';
import { openLogger } from '../logger.ts';
import { type AwsResources, openAwsResources } from './resources.ts';
import { parseAwsSettings } from './settings.ts';

/** The installation that the environment of this process names. */
export function openAws({ logTo = 1 }: { readonly logTo?: 1 | 2 } = {}): AwsResources {
  const settings = parseAwsSettings(process.env);
  const region = process.env['AWS_REGION'];
  const log = openLogger({ level: settings.logLevel, destination: logTo });
  return openAwsResources(settings, region ? { region } : {}, log);
}

/** For commands: logs to stderr, apart from the output, and throws CONFIG_INVALID if no region is set, which functions
 *  always have. */
export async function openAwsForCommand(): Promise<AwsResources> {
  const aws = openAws({ logTo: 2 });
  await aws.dynamo.documents.config.region().catch(() => {
    throw invalid('AWS_REGION', 'is not set, and no profile names a region');
  });
  return aws;
}
