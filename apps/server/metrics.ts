import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProjectionState, ProjectionStatus } from '../../ports/progress.ts';
import type { Engine } from '../../engine/engine.ts';
import { type EventLoopDelay, watchEventLoopDelay } from './event-loop-delay.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { IngestReport } from '../../producers/ingest-report.ts';

/** Metrics for Prometheus. Counters begin at 0 with the process, gauges are read from the engine at each scrape. */
export interface Metrics {
  /** `route` is the pattern and never the path: the number of series stays small, and no id gets in. */
  observeRequest(request: { method: string; route: string; status: number; milliseconds: number }): void;
  observeIngest(door: string, report: IngestReport): void;
  /** +1 when a live tail begins, -1 when it ends. */
  tailsChanged(by: 1 | -1): void;
  readonly contentType: string;
  scrape(): Promise<string>;
}

const STATES: readonly ProjectionState[] = ['live', 'catching-up', 'stopped', 'stalled'];

export function openMetrics(engine: Engine, lifecycle: Lifecycle): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const duration = new Histogram({
    name: 'figtree_http_request_duration_seconds',
    help: 'Duration of HTTP requests until the handler responds, in seconds, by route pattern',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const ingested = new Counter({
    name: 'figtree_ingested_total',
    help: 'Items received over HTTP, by door and outcome',
    labelNames: ['door', 'outcome'] as const,
    registers,
  });
  const tails = new Gauge({ name: 'figtree_live_tails', help: 'Clients connected to /events/stream', registers });
  const inFlight = new Gauge({
    name: 'figtree_http_requests_in_flight',
    help: 'HTTP requests being handled',
    registers,
  });
  const readEngine = engineGauges(engine, registry);
  const series = new Map<string, { observe(seconds: number): void }>();
  const delay = new Gauge({
    name: 'figtree_event_loop_delay_max_seconds',
    help: 'Longest time in seconds that the event loop was blocked, over the last one to two minutes. Measured from the first scrape on; scraping does not reset it',
    registers,
  });
  let eventLoop: EventLoopDelay | undefined;

  return {
    observeRequest({ method, route, status, milliseconds }) {
      // Looking up a series by its labels is the most expensive part, so each one is cached.
      const name = `${method} ${status} ${route}`;
      let one = series.get(name);
      if (one === undefined) series.set(name, (one = duration.labels(method, route, String(status))));
      one.observe(milliseconds / 1000);
    },
    observeIngest(door, report) {
      for (const outcome of ['accepted', 'duplicates', 'quarantined', 'ignored'] as const) {
        if (report[outcome] > 0) ingested.inc({ door, outcome }, report[outcome]);
      }
    },
    tailsChanged: (by) => tails.inc(by),
    contentType: registry.contentType,
    async scrape() {
      // Observing garbage collection and the event loop has a constant cost, so it begins with the first scrape.
      if (eventLoop === undefined) collectDefaultMetrics({ register: registry });
      eventLoop ??= watchEventLoopDelay();
      delay.set(eventLoop.maxSeconds());
      inFlight.set(lifecycle.running());
      await readEngine();
      return registry.metrics();
    },
  };
}

function engineGauges(engine: Engine, registry: Registry): () => Promise<void> {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const byProjection = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['projection'] as const, registers });
  const head = gauge('figtree_log_head', 'Position of the newest event');
  const quarantined = gauge('figtree_quarantined', 'Quarantine entries that have not been released');
  const entries = gauge('figtree_feed_entries', 'Feed entries written by the fan-out since the start');
  const position = byProjection(
    'figtree_projection_position',
    'Position up to which the projection has applied the log',
  );
  const lagEvents = byProjection('figtree_projection_lag_events', 'Events that the projection has not applied yet');
  const lagSeconds = byProjection(
    'figtree_projection_lag_seconds',
    'Age in seconds of the oldest event that is not applied yet',
  );
  const parked = byProjection('figtree_projection_parked', 'Events that wait because a consumer failed');
  const readTrouble = troubleGauges(registry);
  const state = new Gauge({
    name: 'figtree_projection_state',
    help: '1 for the current state of the projection, 0 for the others',
    labelNames: ['projection', 'state'] as const,
    registers,
  });

  return async () => {
    const status = await engine.status();
    head.set(status.head);
    quarantined.set(status.quarantined);
    entries.set(engine.feedEntries());
    for (const one of status.projections) {
      position.set({ projection: one.name }, one.position);
      lagEvents.set({ projection: one.name }, one.lagEvents);
      lagSeconds.set({ projection: one.name }, one.lagSeconds);
      parked.set({ projection: one.name }, one.parked);
      readTrouble(one);
      for (const each of STATES) state.set({ projection: one.name, state: each }, one.state === each ? 1 : 0);
    }
  };
}

/** The gauges that alerts are based on. */
function troubleGauges(registry: Registry): (one: ProjectionStatus) => void {
  const labelled = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name: `figtree_projection_${name}`, help, labelNames, registers: [registry] });
  const byConsumer = labelled(
    'parked_by_consumer',
    'Parked events by the consumer that failed at the first event of their key',
    'projection',
    'consumer',
  );
  const oldest = labelled(
    'oldest_parked_seconds',
    'Seconds since the oldest parked event was parked, 0 if none is',
    'projection',
  );
  const discarded = labelled('discarded', 'Parked events that were permanently discarded', 'projection');
  const paused = labelled(
    'paused_seconds',
    'Seconds since the projection paused because a consumer fails at most events',
    'projection',
  );
  const stalled = labelled('stalled_seconds', 'Seconds without progress while the projection was behind', 'projection');
  const worst = labelled(
    'worst_key_range_lag_seconds',
    'Age in seconds of the oldest unapplied event in the worst key range',
    'projection',
  );
  const worstEvents = labelled('worst_key_range_lag_events', 'Unapplied events in the worst key range', 'projection');
  // A consumer without parked events reports 0 rather than disappearing.
  const consumers = new Set<string>();

  return ({ name: projection, ...one }) => {
    for (const consumer of Object.keys(one.parkedByConsumer)) consumers.add(`${projection} ${consumer}`);
    for (const known of consumers) {
      const [of = '', consumer = ''] = known.split(' ');
      if (of === projection) byConsumer.set({ projection, consumer }, one.parkedByConsumer[consumer] ?? 0);
    }
    oldest.set({ projection }, one.oldestParkedSeconds);
    discarded.set({ projection }, one.discarded);
    const pausedMs = one.pausedSince === undefined ? 0 : Date.now() - Date.parse(one.pausedSince);
    paused.set({ projection }, Math.max(0, pausedMs) / 1000);
    stalled.set({ projection }, one.stalledSeconds ?? 0);
    worst.set({ projection }, one.worstKeyRange.lagSeconds);
    worstEvents.set({ projection }, one.worstKeyRange.lagEvents);
  };
}
