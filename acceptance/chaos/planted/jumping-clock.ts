import { CLOCK_PLAN, type ClockPlan } from './clock-plan.ts';

// Loaded before Figtree, in each of its threads. Timers and performance.now continue evenly, as when a machine's clock
// is set.

const { offsetMs, jumpAfterMs, jumpBackMs } = JSON.parse(process.env[CLOCK_PLAN] ?? '') as ClockPlan;
const MachineDate = Date;
const startMs = performance.now();

function now(): number {
  const jumped = performance.now() - startMs > jumpAfterMs;
  return MachineDate.now() + offsetMs - (jumped ? jumpBackMs : 0);
}

globalThis.Date = new Proxy(MachineDate, {
  construct: (target, values: [], newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
});
