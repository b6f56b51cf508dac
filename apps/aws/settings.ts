import * as z from 'zod';
import { defined } from '../../events/defined.ts';
import {
  furtherVariables,
  invalid,
  parseVariables,
  type SharedConfig,
  sharedConfig,
  sharedVariables,
  type Variables,
} from '../config.ts';

/** The configuration of a function from the environment. The AWS SDK itself reads region, credentials and
 *  AWS_ENDPOINT_URL, which sends all requests to an emulator. */
export interface AwsSettings extends SharedConfig {
  /** Prefix of the names of everything that belongs to one installation. */
  readonly prefix: string;
  /** The stream of all events. */
  readonly stream: string;
  /** ARN of the topic for the fan-out of yubls. */
  readonly fanOutTopic?: string;
  /** Keeps events for longer than the stream's retention. */
  readonly archiveBucket?: string;
  readonly search?: SearchSettings;
  /** Whether the ingest function also writes each event's correlation to `__context__`. */
  readonly context: boolean;
}

export type SearchSettings =
  | { readonly engine: 'opensearch'; readonly url: URL; readonly signing: 'es' | 'aoss' | 'none' }
  /** The two endpoints of a domain, as its description has them. */
  | { readonly engine: 'cloudsearch'; readonly searches: URL; readonly documents: URL };

const url = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).transform((text) => new URL(text));

const environment = z.object({
  FIGTREE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,40}$/, 'must be 2 to 41 lower-case letters, digits and hyphens, beginning with a letter')
    .default('figtree'),
  FIGTREE_CONTEXT: z.enum(['on', 'off'], { error: 'must be on or off' }).default('off'),
  FIGTREE_FAN_OUT_TOPIC: z.string().startsWith('arn:', 'must be the ARN of a topic').optional(),
  FIGTREE_ARCHIVE_BUCKET: z.string().optional(),
  FIGTREE_OPENSEARCH_URL: url.optional(),
  FIGTREE_OPENSEARCH_SIGNING: z.enum(['es', 'aoss', 'none'], { error: 'must be es, aoss or none' }).default('es'),
  FIGTREE_CLOUDSEARCH_SEARCH_URL: url.optional(),
  FIGTREE_CLOUDSEARCH_DOCUMENT_URL: url.optional(),
  ...sharedVariables,
});

/** Throws CONFIG_INVALID with the variable and the reason, never the value. */
export function parseAwsSettings(variables: Variables): AwsSettings {
  const values = parseVariables(environment, variables);
  const { FIGTREE_PREFIX: prefix, FIGTREE_FAN_OUT_TOPIC: fanOutTopic, FIGTREE_ARCHIVE_BUCKET: archiveBucket } = values;
  const search = searchOf(values);
  return {
    ...sharedConfig(values),
    further: furtherVariables(environment, variables),
    prefix,
    stream: `${prefix}-events`,
    context: values.FIGTREE_CONTEXT === 'on',
    ...defined({ fanOutTopic, archiveBucket, search }),
  };
}

/** For settings that only some functions need: throws CONFIG_INVALID if the variable is not set. */
export function required<Value>(value: Value | undefined, variable: string): Value {
  if (value === undefined) throw invalid(variable, 'is not set');
  return value;
}

function searchOf(values: z.output<typeof environment>): SearchSettings | undefined {
  const { FIGTREE_OPENSEARCH_URL: opensearch, FIGTREE_CLOUDSEARCH_SEARCH_URL: searches } = values;
  if (opensearch !== undefined && searches !== undefined) {
    throw invalid('FIGTREE_CLOUDSEARCH_SEARCH_URL', 'cannot be set together with FIGTREE_OPENSEARCH_URL');
  }
  if (opensearch !== undefined) {
    return { engine: 'opensearch', url: opensearch, signing: values.FIGTREE_OPENSEARCH_SIGNING };
  }
  if (searches === undefined) return undefined;
  const documents = required(values.FIGTREE_CLOUDSEARCH_DOCUMENT_URL, 'FIGTREE_CLOUDSEARCH_DOCUMENT_URL');
  return { engine: 'cloudsearch', searches, documents };
}
