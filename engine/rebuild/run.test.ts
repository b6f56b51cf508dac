import { expect, test } from 'vitest';
import { FigtreeError } from '../../events/errors.ts';
import { type RebuildRun, type RebuildSteps, runRebuild } from './run.ts';

type Stage = 'first' | 'second' | 'done';

/** A rebuild at a stage, with the list of its saved states in order. */
function started(stage: Stage = 'first') {
  const state: RebuildRun<Stage> & { note?: string } = { id: 'one', startedAt: '', stage, seconds: 10 };
  const saved: string[] = [];
  const ending = new AbortController();
  const save = () => void saved.push(`${state.stage} ${state.note ?? ''}${state.error?.code ?? ''}`.trim());
  const run = (steps: RebuildSteps<Stage>) =>
    runRebuild(state, { ends: ['done'], steps: () => steps, save, signal: ending.signal });
  return { state, saved, ending, run };
}

const passes = {
  first: async () => 'second',
  second: async () => 'done',
} as const satisfies RebuildSteps<Stage>;

test('runs stage after stage, and saves each with the changes of its step', async () => {
  const { state, saved, run } = started();
  const first = async () => {
    state.note = 'built';
    return 'second' as const;
  };
  expect(await run({ ...passes, first })).toBe(true);
  expect(saved).toEqual(['first', 'second built', 'done built']);
  expect(state.seconds).toBeGreaterThan(10);
});

test('continues at the stage that was saved', async () => {
  const { saved, run } = started('second');
  expect(await run({ first: () => Promise.reject(new Error('begun anew')), second: passes.second })).toBe(true);
  expect(saved).toEqual(['second', 'done']);
});

test('stops between stages and within one if aborted, and keeps completed work', async () => {
  const between = started();
  const first = async () => {
    between.ending.abort();
    return 'second' as const;
  };
  expect(await between.run({ ...passes, first })).toBe(false);
  expect(between.state.stage).toBe('second');
  const within = started();
  expect(await within.run({ ...passes, second: async () => undefined })).toBe(false);
  expect([within.state.stage, within.saved.at(-1)]).toEqual(['second', 'second']);
});

test.each([
  ['an error with a code', new FigtreeError('REBUILD_INVALID', 'wrong'), 'REBUILD_INVALID'],
  ['anything else', new TypeError('wrong'), 'INTERNAL'],
])('records why it failed: %s', async (_, error, code) => {
  const { state, saved, run } = started();
  await expect(run({ ...passes, second: () => Promise.reject(error) })).rejects.toBe(error);
  expect(state).toMatchObject({ stage: 'second', error: { code, message: 'wrong' } });
  expect(saved.at(-1)).toBe(`second ${code}`);
  expect(await run(passes)).toBe(true);
  expect(state.error).toBeUndefined();
});

test('a step that rejects because of the abort is no failure', async () => {
  const { state, ending, run } = started();
  const first = () => {
    ending.abort();
    return Promise.reject(ending.signal.reason as Error);
  };
  expect(await run({ ...passes, first })).toBe(false);
  expect(state.error).toBeUndefined();
});

test('a stage that is not known is no end', async () => {
  const { state, run } = started('third' as Stage);
  await expect(run(passes)).rejects.toMatchObject({ code: 'DATA_NEWER' });
  expect(state.stage).toBe('third');
});

test('fails by what a step fails by, also if that cannot be made durable', async () => {
  const state: RebuildRun<Stage> = { id: 'one', startedAt: '', stage: 'first', seconds: 0 };
  let isFull = false;
  const save = () => {
    if (isFull) throw new Error('the disk is full');
  };
  const first = () => {
    isFull = true;
    return Promise.reject(new Error('wrong'));
  };
  const { signal } = new AbortController();
  await expect(runRebuild(state, { ends: ['done'], steps: () => ({ first }), save, signal })).rejects.toThrow('wrong');
});
