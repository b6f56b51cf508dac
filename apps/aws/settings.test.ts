import { describe, expect, test } from 'vitest';
import { parseAwsSettings, required } from './settings.ts';

describe('settings of the AWS engine', () => {
  test('are complete with nothing set', () => {
    expect(parseAwsSettings({})).toEqual({
      prefix: 'figtree',
      stream: 'figtree-events',
      context: false,
      feedLength: 800,
      celebrityFollowers: 10_000,
      auth: { publishKeys: [] },
      logLevel: 'info',
      further: {},
    });
  });

  test('name one engine of search', () => {
    const cloudsearch = {
      FIGTREE_CLOUDSEARCH_SEARCH_URL: 'https://search-figtree.eu-west-1.cloudsearch.amazonaws.com',
      FIGTREE_CLOUDSEARCH_DOCUMENT_URL: 'https://doc-figtree.eu-west-1.cloudsearch.amazonaws.com',
    };
    const opensearch = { FIGTREE_OPENSEARCH_URL: 'http://127.0.0.1:9200', FIGTREE_OPENSEARCH_SIGNING: 'none' };
    expect(parseAwsSettings(cloudsearch).search).toMatchObject({ engine: 'cloudsearch' });
    expect(parseAwsSettings(opensearch).search).toMatchObject({ engine: 'opensearch', signing: 'none' });
    expect(() => parseAwsSettings({ ...cloudsearch, ...opensearch })).toThrow(
      /FIGTREE_CLOUDSEARCH_SEARCH_URL cannot be set/,
    );
  });

  test.each([
    [{ FIGTREE_PREFIX: 'Fig Tree' }, /^FIGTREE_PREFIX must be 2 to 41 lower-case letters/],
    [{ FIGTREE_CONTEXT: 'yes' }, /^FIGTREE_CONTEXT must be on or off/],
    [{ FIGTREE_FAN_OUT_TOPIC: 'feed' }, /^FIGTREE_FAN_OUT_TOPIC must be the ARN/],
    [{ FIGTREE_OPENSEARCH_URL: 'ftp://x' }, /^FIGTREE_OPENSEARCH_URL must be an http or https URL/],
    [{ FIGTREE_OPENSEARCH_SIGNING: 'basic' }, /^FIGTREE_OPENSEARCH_SIGNING must be es, aoss or none/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of/],
    [
      { FIGTREE_PUBLISH_KEYS: 'hunter2' },
      /^FIGTREE_PUBLISH_KEYS must be a comma-separated list of name:key or name:key:source-prefix$/,
    ],
  ])('say what is wrong and never the value: %o', (variables, message) => {
    expect(() => parseAwsSettings(variables)).toThrow(message);
  });

  test('that only some functions need are missed when they are needed', () => {
    expect(() => required(parseAwsSettings({}).archiveBucket, 'FIGTREE_ARCHIVE_BUCKET')).toThrow(
      'FIGTREE_ARCHIVE_BUCKET is not set',
    );
  });
});
