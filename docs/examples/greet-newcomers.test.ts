import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HandledEvent } from '../../events/envelope.ts';
import { greetNewcomers } from './greet-newcomers.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

test('a newcomer is greeted by the first name, or by the user name', async () => {
  const greetings = new Map<string, string>();
  const consumer = greetNewcomers({ add: (userId, text) => void greetings.set(userId, text) });
  const userId = 'ada000000000000000000000';
  const event = (data: object) =>
    ({ type: 'user-joined', data: { userId, userName: 'ada_l', ...data } }) as HandledEvent<'user-joined'>;
  await consumer.on['user-joined']?.(event({ firstName: 'Ada' }), { replay: false, log });
  expect(greetings.get(userId)).toBe('Welcome, Ada!');
  await consumer.on['user-joined']?.(event({}), { replay: false, log });
  expect(greetings.get(userId)).toBe('Welcome, ada_l!');
});

test('the README shows this consumer as it is', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  const source = readFileSync(join(import.meta.dirname, 'greet-newcomers.ts'), 'utf8');
  expect(shown).toHaveLength(1);
  expect(source.endsWith(shown[0] ?? '')).toBe(true);
});
