import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { failureName } from './failure-name.ts';

test('where no service answers, the name says why', async () => {
  const config = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 };
  // No service listens on the first port.
  for (const host of ['127.0.0.1', 'localhost']) {
    const client = new DynamoDBClient({ ...config, endpoint: `http://${host}:1` });
    const error: unknown = await client.send(new ListTablesCommand()).catch((failure: unknown) => failure);
    expect(failureName(error), host).toBe('ECONNREFUSED');
    client.destroy();
  }
});

test('a service has its own name for what went wrong', () => {
  const refused = Object.assign(new Error('no'), { name: 'AccessDeniedException', code: 'other' });
  expect(failureName(refused)).toBe('AccessDeniedException');
  expect(failureName(new Error('no'))).toBe('Error');
  expect(failureName('no')).toBe('Error');
});
