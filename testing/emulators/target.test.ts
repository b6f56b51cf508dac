import { expect, test } from 'vitest';
import { clientConfig, NO_CREDENTIALS, targetOf } from './target.ts';

const run = { folder: 'folder', prefix: 'prefix-' };

test('A shell that names nothing gets emulators', () => {
  expect(targetOf({}, run)).toMatchObject({ kind: 'emulators', region: 'us-east-1', strict: false, ...run });
  expect(targetOf({ AWS_ENDPOINT_URL: '', AWS_ACCESS_KEY_ID: '' }, run)).toMatchObject({ kind: 'emulators' });
});

test('Credentials mean their account, in the region of the shell', () => {
  const target = targetOf({ AWS_ACCESS_KEY_ID: 'a', AWS_REGION: 'eu-west-1' }, run);
  expect(target.kind).toBe('account');
  expect(clientConfig(target)).toEqual({ region: 'eu-west-1' });
  expect(targetOf({ AWS_PROFILE: 'a' }, run).kind).toBe('account');
});

test('An endpoint is used as it is, with the credentials of the shell if it has any', () => {
  const endpoint = 'http://localhost:4566';
  const alone = clientConfig(targetOf({ AWS_ENDPOINT_URL: endpoint }, run));
  expect(alone).toEqual({ endpoint, region: 'us-east-1', credentials: NO_CREDENTIALS });
  const both = targetOf({ AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: 'a' }, run);
  expect(both.kind).toBe('endpoint');
  expect(clientConfig(both)).toEqual({ endpoint, region: 'us-east-1' });
});

test('CI skips nothing that could run', () => {
  expect(targetOf({ CI: 'true' }, run).strict).toBe(true);
});
