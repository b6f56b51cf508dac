import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openLogger } from '../logger.ts';
import { type Service, startService } from './services.ts';
import { inProcess, inThread } from './single-calls.ts';

// What a planted entry does when it is called.
type Planted = {
  double(number: number): number;
  sum(numbers: Uint8Array): number;
  inputTwice(): unknown[];
  askBack(question: string): string;
  never(): void;
  fail(): void;
  circle(): void;
  throwLater(): void;
  exit(): void;
  devour(): void;
  uncloneable(): void;
  countUntilStopped(): number;
  rates(): number[];
  keepCounting(memory: Int32Array): number;
};

const source = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { existsSync } from 'node:fs';
  import { joinHost } from '${new URL('./joining.ts', import.meta.url).href}';
  import { FigtreeError } from '${new URL('../../events/errors.ts', import.meta.url).href}';
  const host = joinHost();
  if (existsSync(host.input?.broken ?? '')) throw new FigtreeError('DATA_DAMAGED', 'broken', { path: host.input.broken });
  host.serve({
    double: async (number) => number * 2,
    sum: (numbers) => numbers.reduce((sum, one) => sum + one, 0),
    inputTwice: () => [host.input, host.input],
    askBack: async (question) => \`\${await host.call('askedBack', question)}!\`,
    never() {
      host.tell('heard');
      return new Promise(() => {});
    },
    fail() {
      const cause = new FigtreeError('DATA_NEWER', 'of tomorrow', {});
      throw new FigtreeError('STORAGE_FULL', 'no room', { path: 'feed.db', kept: new Set([1]), lost() {}, cause });
    },
    circle() {
      const error = new TypeError('round and round');
      error.cause = error;
      throw error;
    },
    throwLater() {
      setImmediate(() => { throw new FigtreeError('DATA_DAMAGED', 'died', { path: 'feed.db' }); });
      return new Promise(() => {});
    },
    exit: () => process.exit(3),
    devour() {
      const all = [];
      for (;;) all.push(Array.from({ length: 10_000 }, (_, index) => ({ index })));
    },
    uncloneable: () => ({ why() {} }),
    async countUntilStopped() {
      for (let count = 1; ; count += 1) {
        host.tell('heard');
        await sleep(1);
        if (host.control.stopped()) return count;
      }
    },
    async rates() {
      const seen = new Set();
      while (seen.size < 3) {
        if (!seen.has(host.control.rate())) host.tell('heard');
        seen.add(host.control.rate());
        await sleep(1);
      }
      return [...seen];
    },
    async keepCounting(counter) {
      while (Atomics.add(counter, 0, 1) < 10) await sleep(1);
      setInterval(() => Atomics.add(counter, 0, 1), 1);
      return Atomics.load(counter, 0);
    },
    stop: () => host.call('isStopping'),
  });
`;

let folder: string;
let entry: URL;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'figtree-threads-'));
  const path = join(folder, 'planted-thread.mjs');
  writeFileSync(path, source);
  entry = pathToFileURL(path);
});
afterAll(() => rmSync(folder, { recursive: true }));

function entryOf(name: string, text: string): URL {
  const path = join(folder, name);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

describe.each([
  ['a thread', () => inThread<Planted>(entry)],
  ['a process', () => inProcess<Planted>(entry)],
])('a single call in %s', (_, open) => {
  test('is answered', async () => {
    expect(await open().call('double', 21)).toBe(42);
    expect(await open().call('sum', new Uint8Array([1, 2, 3]))).toBe(6);
  });

  test('rejects with the error that was met, with its code, details, stack and causes', async () => {
    const error = await open()
      .call('fail')
      .catch((met: unknown) => met);
    expect(error).toMatchObject({
      code: 'STORAGE_FULL',
      message: 'no room',
      retryable: true,
      details: { path: 'feed.db', kept: new Set([1]) },
      stack: expect.stringContaining('planted-thread.mjs'),
      cause: { code: 'DATA_NEWER', message: 'of tomorrow' },
    });
    expect(error).not.toHaveProperty('details.lost');
    await expect(open().call('circle')).rejects.toMatchObject({ message: 'round and round', cause: expect.any(Error) });
  });

  test('rejects if it ends without an answer', async () => {
    await expect(open().call('exit')).rejects.toThrow('the planted thread ended unexpectedly with code 3');
  });

  test('rejects if it asks for what is not there, or its result cannot be sent', async () => {
    const caller = open() as unknown as { call(name: string): Promise<unknown> };
    await expect(caller.call('nothing of the kind')).rejects.toThrow('there is no method nothing of the kind');
    await expect(open().call('uncloneable')).rejects.toThrow('could not be cloned');
  });
});

describe('a single call in a thread', () => {
  test('rejects if the entry cannot be loaded', async () => {
    const broken = entryOf(
      'broken-thread.mjs',
      "throw Object.assign(new Error('not today'), { code: 'STORAGE_FAILED' })",
    );
    await expect(inThread<Planted>(broken).call('double', 1)).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
      message: 'not today',
    });
    const idle = entryOf('idle-thread.mjs', '');
    await expect(inThread<Planted>(idle).call('double', 1)).rejects.toThrow(
      'the idle thread ended unexpectedly with code 0',
    );
  });

  test('rejects if the thread throws outside the call, or runs out of memory', async () => {
    await expect(inThread<Planted>(entry).call('throwLater')).rejects.toMatchObject({ code: 'DATA_DAMAGED' });
    const little = inThread<Planted>(entry, { resourceLimits: { maxOldGenerationSizeMb: 24 } });
    await expect(little.call('devour')).rejects.toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' });
  });

  test('rejects if what is asked cannot be sent', async () => {
    const asked = inThread<Planted>(entry).call('double', (() => {}) as unknown as number);
    await expect(asked).rejects.toThrow('could not be cloned');
  });

  test('asks back', async () => {
    const caller = inThread<Planted>(entry, { methods: { askedBack: async (question: string) => `${question}?` } });
    expect(await caller.call('askBack', 'who')).toBe('who?!');
  });

  test('leaves no thread behind', async () => {
    const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const counted = await inThread<Planted>(entry).call('keepCounting', counter);
    const left = Atomics.load(counter, 0);
    expect(left).toBeGreaterThanOrEqual(counted);
    await sleep(50);
    expect(Atomics.load(counter, 0)).toBe(left);
  });

  test('is not made if its signal has fired, and ends with the signal', async () => {
    const abort = new AbortController();
    const options = { signal: abort.signal, methods: { heard: () => abort.abort(new Error('enough')) } };
    await expect(inThread<Planted>(entry, options).call('never')).rejects.toThrow('enough');
    const nowhere = pathToFileURL(join(folder, 'nowhere-thread.mjs'));
    await expect(inThread<Planted>(nowhere, { signal: abort.signal }).call('never')).rejects.toThrow('enough');
  });

  test('hears of its signal and ends by itself, if it is to be told', async () => {
    const abort = new AbortController();
    let heard = 0;
    const methods = { heard: () => void ((heard += 1) === 3 && abort.abort()) };
    const options = { signal: abort.signal, onAbort: 'tell', methods } as const;
    expect(await inThread<Planted>(entry, options).call('countUntilStopped')).toBeGreaterThanOrEqual(3);
    expect(await inThread<Planted>(entry, options).call('countUntilStopped')).toBe(1);
  });

  test('does not mind a signal that fires after its end', async () => {
    const abort = new AbortController();
    const answer = inThread<Planted>(entry, { signal: abort.signal }).call('double', 2);
    expect(await answer).toBe(4);
    abort.abort();
    expect(await answer).toBe(4);
  });

  test('sees the rate at which it may work change', async () => {
    const rates = [Infinity, 0.2, 70_000.4];
    const options = { rate: () => rates[0] ?? 5, methods: { heard: () => void rates.shift() } };
    expect(await inThread<Planted>(entry, options).call('rates')).toEqual([Infinity, 1, 70_000]);
  });
});

test('an entry that is started by itself says what it is', () => {
  const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(entry)], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('the entry of a thread or process that Figtree starts itself');
});

describe('a service', () => {
  let service: Service<Planted>;
  let lines: string[];
  let ends: unknown[];
  let broken: string;
  let asked: string[];

  beforeEach(async () => {
    broken = join(folder, 'broken');
    lines = [];
    ends = [];
    asked = [];
    const logger = openLogger({ level: 'error', destination: { write: (line: string) => void lines.push(line) } });
    service = await startService<Planted>(entry, {
      input: () => ({ broken }),
      methods: { heard: () => void asked.push('heard'), isStopping: () => void asked.push('stop') },
      onEnd: (death) => void ends.push(death),
      logger,
    });
  });
  afterEach(async () => {
    rmSync(broken, { force: true });
    await service.stop();
  });

  const messages = () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg);

  test('returns to each question its own answer, and moves what is to be moved', async () => {
    expect(await Promise.all([service.call('double', 2), service.call('double', 3)])).toEqual([4, 6]);
    const numbers = new Uint8Array([4, 5]);
    expect(await service.call('sum', numbers, [numbers.buffer])).toBe(9);
    expect(numbers.length).toBe(0);
    expect(await service.call('inputTwice')).toEqual([{ broken }, { broken }]);
  });

  test('that dies says so to who waits, and is started again for who asks then', async () => {
    const never = service.call('never');
    service.tell('throwLater');
    await expect(never).rejects.toMatchObject({ code: 'CONSUMER_STOPPED', cause: { message: 'died' } });
    expect(ends).toMatchObject([{ code: 'DATA_DAMAGED', message: 'died' }]);
    expect(await service.call('double', 2)).toBe(4);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { msg: 'thread died', entry: 'planted-thread.mjs', error: { message: 'died' } },
    ]);
  });

  test('that ends without an error and without being told is started again as well', async () => {
    await expect(service.call('exit')).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
    expect(ends).toMatchObject([{ message: 'the planted thread ended unexpectedly with code 3' }]);
    expect(await service.call('double', 2)).toBe(4);
  });

  test('that cannot be started again is tried until it can, and who waits hears of each failure', async () => {
    writeFileSync(broken, '');
    await expect(service.call('exit')).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
    await expect(service.opened()).rejects.toMatchObject({ code: 'DATA_DAMAGED', message: 'broken' });
    rmSync(broken);
    await expect.poll(() => service.call('double', 2).catch(() => 0)).toBe(4);
    expect(messages()).toEqual(['thread died', 'thread cannot be restarted yet']);
    expect(ends).toHaveLength(2);
  });

  test('that is stopped while it is dead stays dead', async () => {
    await expect(service.call('exit')).rejects.toMatchObject({ code: 'CONSUMER_STOPPED' });
    const opened = service.opened();
    await service.stop();
    // At once, long before it would have been restarted: nothing else may keep the process alive.
    const late = sleep(200).then(() => 'late');
    await expect(Promise.race([opened, late])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(messages()).toEqual(['thread died']);
  });

  test('that has stopped has closed what it had, and tells who waits or asks to ask again', async () => {
    const never = service.call('never').catch((error: unknown) => error);
    await service.stop();
    expect(asked).toEqual(['heard', 'stop']);
    expect(await never).toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(service.call('double', 1)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect([lines, ends]).toEqual([[], [undefined]]);
  });

  test('that cannot be started rejects with what its entry threw', async () => {
    writeFileSync(broken, '');
    await expect(startService(entry, { input: () => ({ broken }) })).rejects.toMatchObject({ code: 'DATA_DAMAGED' });
    expect(existsSync(broken)).toBe(true);
  });

  test('without a logger stays dead, and says what it died of', async () => {
    const mortal = await startService<Planted>(entry, {});
    await expect(mortal.call('throwLater')).rejects.toMatchObject({ code: 'DATA_DAMAGED', message: 'died' });
    await expect(mortal.call('double', 1)).rejects.toMatchObject({ code: 'DATA_DAMAGED', message: 'died' });
    await mortal.stop();
  });
});
