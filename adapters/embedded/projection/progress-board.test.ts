import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { progressContract, progressOf } from '../../../ports/contracts/progress.contract.ts';
import { createProgressBoard, joinProgressBoard } from './progress-board.ts';

const names = ['feed', 'relationships', 'search'];
const progressAt = (position: number) => ({ position, feedEntries: 0, parked: 0, stopped: false });

progressContract('shared memory', () => {
  const board = createProgressBoard(progressOf);
  return {
    progress: board,
    moveHead: (position) => board.setHead(position),
    moveProjection: (projection, position) => board.setProgress(projection, progressAt(position)),
  };
});

describe('a progress board', () => {
  afterEach(() => void vi.useRealTimers());

  test('begins with nothing', () => {
    const board = createProgressBoard(names);
    expect(board.head()).toBe(0);
    for (const name of names) expect(board.progress(name)).toEqual(progressAt(0));
  });

  test('keeps what each projection says apart from the others and the head', () => {
    const board = createProgressBoard(names);
    board.setHead(2 ** 40);
    names.forEach((name, index) => {
      board.setProgress(name, {
        position: 10 + index,
        feedEntries: 2 ** 33 + index,
        parked: index,
        stopped: index === 1,
      });
    });
    expect(board.head()).toBe(2 ** 40);
    names.forEach((name, index) => {
      expect(board.position(name)).toBe(10 + index);
      const expected = { position: 10 + index, feedEntries: 2 ** 33 + index, parked: index, stopped: index === 1 };
      expect(joinProgressBoard(board.shared).progress(name)).toEqual(expected);
    });
  });

  test('says since when a projection pauses, as long as it does', () => {
    const board = createProgressBoard(names);
    const pausing = { ...progressAt(3), stopped: true, pausedSinceMs: 1_456_124_520_000 };
    board.setProgress('feed', pausing);
    expect(board.progress('feed')).toEqual(pausing);
    expect(board.progress('search')).toEqual(progressAt(0));
    board.setProgress('feed', progressAt(3));
    expect(board.progress('feed')).toEqual(progressAt(3));
  });

  test('says for how long a projection has made no progress: neither in position nor in its work', () => {
    vi.useFakeTimers({ toFake: ['hrtime'] });
    // 0 would count as unset.
    vi.advanceTimersByTime(1000);
    const board = createProgressBoard(names);
    board.setProgress('feed', progressAt(3));
    vi.advanceTimersByTime(30);
    board.setProgress('feed', { ...progressAt(3), parked: 1 });
    expect(board.stillMs('feed')).toBe(30);
    board.setProgress('feed', progressAt(4));
    expect(board.stillMs('feed')).toBe(0);
    vi.advanceTimersByTime(20);
    expect(joinProgressBoard(board.shared).stillMs('feed')).toBe(20);
    board.worked('feed');
    expect(board.stillMs('feed')).toBe(0);
  });

  test('answers immediately if it is already true', async () => {
    const board = createProgressBoard(names);
    board.setHead(5);
    board.setProgress('search', progressAt(3));
    expect(await board.headBeyond(4, 0)).toBe(true);
    expect(await board.reached('search', 3, 0)).toBe(true);
  });

  test('answers false when the time is up, and not before', async () => {
    const board = createProgressBoard(names);
    board.setHead(5);
    const start = performance.now();
    expect(await board.headBeyond(5, 30)).toBe(false);
    expect(await board.reached('feed', 1, 30)).toBe(false);
    // Timers may be early by a fraction of a millisecond each.
    expect(performance.now() - start).toBeGreaterThan(58);
  });

  test('wakes only those whose condition is now true', async () => {
    const board = createProgressBoard(names);
    const other = joinProgressBoard(board.shared);
    const waiting = Promise.all([
      board.headBeyond(1, 60_000),
      other.reached('feed', 2, 60_000),
      board.reached('feed', 4, 50),
      board.reached('search', 1, 50),
    ]);
    other.setHead(1);
    other.setHead(2);
    board.setProgress('feed', progressAt(1));
    board.setProgress('feed', progressAt(3));
    expect(await waiting).toEqual([true, true, false, false]);
  });

  test('wakes another thread', async () => {
    const board = createProgressBoard(names);
    const module = new URL('progress-board.ts', import.meta.url).href;
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(module)}).then(async ({ joinProgressBoard }) => {
        const board = joinProgressBoard(workerData);
        parentPort.postMessage('waiting');
        const beyond = await board.headBeyond(6, 60000);
        board.setProgress('relationships', { position: 7, feedEntries: 1, parked: 2, stopped: true });
        parentPort.postMessage(beyond);
      });
      parentPort.once('message', () => {});
    `;
    const worker = new Worker(script, { eval: true, workerData: board.shared });
    await once(worker, 'message');
    const reached = board.reached('relationships', 7, 60_000);
    const answer = once(worker, 'message');
    board.setHead(7);
    expect(await answer).toEqual([true]);
    expect(await reached).toBe(true);
    expect(board.progress('relationships')).toEqual({ position: 7, feedEntries: 1, parked: 2, stopped: true });
    await worker.terminate();
  });
});

describe('the two banks of a projection', () => {
  test('are kept apart: what is said of the projection is what its live bank says', () => {
    const board = createProgressBoard(names);
    board.setProgress('feed', progressAt(5));
    board.bank('feed', 1).set({ position: 4, feedEntries: 1, parked: 2, stopped: true });
    expect([board.liveBank('feed'), board.position('feed')]).toEqual([0, 5]);
    expect(board.progress('feed')).toEqual(progressAt(5));
    expect(board.bank('feed', 1).progress().position).toBe(4);
    expect(board.progress('search')).toEqual(progressAt(0));
  });

  test('change places by one store that other threads see, and never so that the position goes back', () => {
    const board = createProgressBoard(names);
    board.setProgress('feed', progressAt(5));
    board.bank('feed', 1).set(progressAt(4));
    expect(() => board.makeLive('feed', 1)).toThrow('go back');
    expect(board.position('feed')).toBe(5);
    board.bank('feed', 1).set(progressAt(6));
    board.makeLive('feed', 1);
    const other = joinProgressBoard(board.shared);
    expect([other.liveBank('feed'), other.position('feed'), other.liveBank('search')]).toEqual([1, 6, 0]);
    other.setProgress('feed', progressAt(7));
    expect([board.bank('feed', 0).progress().position, board.position('feed')]).toEqual([5, 7]);
  });

  test('a wait for a position ends when the other bank has it and becomes live, or reaches it afterwards', async () => {
    const board = createProgressBoard(names);
    board.setProgress('feed', progressAt(5));
    const [six, seven, never] = [6, 7, 8].map((position) =>
      board.reached('feed', position, position < 8 ? 60_000 : 60),
    );
    const ofBank = board.bank('feed', 1).reached(6, 60_000);
    board.bank('feed', 1).set(progressAt(6));
    expect(await ofBank).toBe(true);
    expect(await board.reached('feed', 6, 10)).toBe(false);
    board.makeLive('feed', 1);
    expect(await six).toBe(true);
    board.bank('feed', 1).set(progressAt(7));
    expect(await seven).toBe(true);
    board.bank('feed', 0).set(progressAt(9));
    expect(await never).toBe(false);
  });
});
