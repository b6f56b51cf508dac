import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FigtreeError } from '../../../events/errors.ts';
import { answerRequests, threadRequests } from './requests.ts';
import type { Ask } from '../../../engine/parked-operations.ts';

let channel: MessageChannel;
let ask: Ask;
let die: (error: unknown) => void;
let stop: () => void;

beforeEach(() => {
  channel = new MessageChannel();
  answerRequests(channel.port2, {
    double: async (number: number) => number * 2,
    fail: () => {
      throw new FigtreeError('STORAGE_FULL', 'no room', { path: 'feed.db' });
    },
    never: () => new Promise(() => {}),
  });
  ask = threadRequests({
    opened: async () => {},
    post: (message) => channel.port1.postMessage(message),
    onMessage: (listener) => void channel.port1.on('message', listener),
    onDeath: (listener) => void (die = listener),
    onStopped: (listener) => void (stop = listener),
    stop: async () => {},
  });
});
afterEach(() => channel.port1.close());

test('each question gets its own answer', async () => {
  expect(await Promise.all([ask('double', 2), ask('double', 3)])).toEqual([4, 6]);
});

test('what the thread met is met here, by its code', async () => {
  await expect(ask('fail', 1)).rejects.toMatchObject({ code: 'STORAGE_FULL', details: { path: 'feed.db' } });
  await expect(ask('nothing of the kind', 1)).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('whoever waits for a thread that dies is told so', async () => {
  const asked = ask('never', 1);
  await ask('double', 1);
  die(new Error('out of memory'));
  await expect(asked).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
});

test('whoever waits for a thread that has stopped, or asks it then, is told to ask again', async () => {
  const asked = ask('never', 1);
  await ask('double', 1);
  stop();
  await expect(asked).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await expect(ask('double', 1)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});
