import { expect, test } from 'vitest';
import { readKinesisPayload } from '../../../events/carriers/payload-context.ts';
import { sampleEvent } from '../../../ports/contracts/sample-events.ts';
import { completeSettings } from './appender-settings.ts';
import { recordContent } from './stream-record.ts';

const correlated = { ...sampleEvent(), correlationid: 'request 7', baggage: 'user-id=56cab268' };

function payloadOf(settings: { readonly context?: boolean }): Record<string, unknown> {
  const { data } = recordContent(correlated, completeSettings({ stream: 'events', ...settings }));
  return JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>;
}

test('a record is the envelope and nothing else', () => {
  expect(payloadOf({})).toEqual(JSON.parse(JSON.stringify(correlated)));
});

test('a record says its correlation for those who read no envelopes, if that is wanted', () => {
  const { __context__: context, ...envelope } = payloadOf({ context: true });
  expect(context).toMatchObject({ 'x-correlation-id': 'request 7', 'x-correlation-user-id': '56cab268' });
  expect(envelope).toEqual(JSON.parse(JSON.stringify(correlated)));
  const { value, correlation } = readKinesisPayload(JSON.stringify(payloadOf({ context: true })));
  expect(value).toEqual(envelope);
  expect(correlation).toMatchObject({ correlationid: 'request 7' });
});
