import { expect, test } from 'vitest';
import { createReplayPace } from './pace.ts';
import { createSpeed } from './speed.ts';

const eventsPerSecond = 10_000;

test('a pace is the limit while no projection lags', () => {
  const pace = createReplayPace(500);
  for (let head = 0; head < 20_000; head += 100) pace.observe({ head, live: [head - 100], eventsPerSecond });
  expect(pace.rate()).toBe(500);
  expect(createReplayPace().rate()).toBe(Infinity);
});

test('a pace halves while a live projection lags and moves, and recovers afterwards', () => {
  const pace = createReplayPace();
  let live = 0;
  const look = (lag: number, speed: number) => {
    live += 10;
    pace.observe({ head: live + lag, live: [live], eventsPerSecond: speed });
    return pace.rate();
  };
  look(0, eventsPerSecond);
  expect(look(5000, eventsPerSecond)).toBe(5000);
  expect(look(5000, 5000)).toBe(2500);
  for (let times = 0; times < 20; times += 1) look(5000, 100);
  expect(pace.rate()).toBe(200);
  expect(look(0, 200)).toBe(250);
  for (let times = 0; times < 60; times += 1) look(0, 200);
  expect(pace.rate()).toBe(Infinity);
});

test('a projection that makes no progress does not slow the replay', () => {
  const pace = createReplayPace();
  for (let times = 0; times < 100; times += 1) pace.observe({ head: 1_000_000, live: [10], eventsPerSecond });
  expect(pace.rate()).toBe(Infinity);
});

test('a pace never recovers beyond its limit, nor falls below a low limit', () => {
  const pace = createReplayPace(50);
  let live = 0;
  for (let times = 0; times < 50; times += 1) {
    live += 1;
    pace.observe({ head: live + 5000, live: [live], eventsPerSecond: 50 });
  }
  expect(pace.rate()).toBe(50);
});

test('a speed is that of the last seconds, and estimates the remaining time', () => {
  let nowMs = 0;
  const speed = createSpeed(() => nowMs);
  expect([speed.perSecond(), speed.secondsTo(10)]).toEqual([0, undefined]);
  for (; nowMs <= 20_000; nowMs += 100) speed.reached(nowMs < 10_000 ? 0 : (nowMs - 10_000) / 10);
  nowMs -= 100;
  expect(speed.perSecond()).toBeCloseTo(100, 0);
  expect(speed.secondsTo(1500)).toBeCloseTo(5, 0);
  expect(speed.secondsTo(900)).toBe(0);
  speed.reached(5);
  expect(speed.perSecond()).toBe(0);
});
