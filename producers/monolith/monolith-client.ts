import { type KinesisClientSettings, openKinesisClient } from '../../adapters/aws/kinesis/client.ts';
import type { AppenderSettings, AppenderStatistics } from '../../adapters/aws/kinesis/appender-settings.ts';
import { openKinesisEventAppender } from '../../adapters/aws/kinesis/event-appender.ts';
import { correlationOfHeaders } from '../../events/carriers/headers.ts';
import { currentCorrelation, withCorrelation } from '../../events/correlation.ts';
import { defined } from '../../events/defined.ts';
import type { EventEnvelope } from '../../events/envelope.ts';
import { createHybridClock } from '../publish/hybrid-clock.ts';
import { type MonolithEvent, buildEnvelope } from './build-envelope.ts';

/** The client by which a legacy Node service publishes its changes: as events of the catalog, straight into the stream.
 *  It has no other dependency, and nothing is lost: an event is in Kinesis or in the spool, or its call rejects. */
export interface MonolithClient {
  /** Resolves with the published event once it is durable. While the queue is full it waits, so a caller that awaits it
   *  is slowed to the speed of Kinesis. Events of one partition key keep the order of their calls. Rejects with
   *  EVENT_INVALID, EVENT_TYPE_UNKNOWN or EVENT_TOO_LARGE at once; with STORAGE_FULL or STORAGE_FAILED, after which the
   *  same event may be published again. */
  publish(event: MonolithEvent): Promise<EventEnvelope>;
  /** The same for several: if it rejects, some of them may have been accepted. */
  publishAll(events: readonly MonolithEvent[]): Promise<EventEnvelope[]>;
  /** Runs `work` so that everything published in it belongs to the request with these headers. */
  withRequest<Result>(headers: Readonly<Record<string, unknown>>, work: () => Result): Result;
  statistics(): AppenderStatistics;
  /** Await this on SIGTERM: it sends what is queued, and spools the rest. */
  close(): Promise<void>;
}

export interface MonolithClientSettings extends AppenderSettings, KinesisClientSettings {
  /** Identifies this service among all publishers: a URI reference that never changes, for instance `urn:monolith`. */
  readonly source: string;
}

/** Rejects with CONFIG_INVALID if the stream does not exist or ignores partition keys, and with DATA_IN_USE if another
 *  process has the spool folder. If Kinesis is unavailable it opens all the same. */
export async function openMonolithClient(settings: MonolithClientSettings): Promise<MonolithClient> {
  const { source, region, endpoint, credentials, requestTimeoutMs, ...ofAppender } = settings;
  const client = openKinesisClient({
    ...defined({ region, endpoint, credentials, requestTimeoutMs }),
  });
  const appender = await openKinesisEventAppender(client, ofAppender).catch((error: unknown) => {
    client.destroy();
    throw error;
  });
  const clock = createHybridClock(Date.now);

  function envelopeOf(event: MonolithEvent): EventEnvelope {
    const ofHeaders = event.headers === undefined ? {} : correlationOfHeaders(event.headers);
    const envelope = buildEnvelope(event, {
      source,
      correlation: { ...currentCorrelation(), ...ofHeaders, ...event.correlation },
      newId: () => globalThis.crypto.randomUUID(),
      nextSequence: () => clock.next(),
    });
    clock.observe(envelope.sequence);
    return envelope;
  }

  async function publishAll(events: readonly MonolithEvent[]): Promise<EventEnvelope[]> {
    const envelopes = events.map(envelopeOf);
    await appender.append(envelopes);
    return envelopes;
  }

  return {
    publishAll,
    async publish(event) {
      const [envelope] = await publishAll([event]);
      return envelope as EventEnvelope;
    },
    withRequest: (headers, work) => withCorrelation(correlationOfHeaders(headers), work),
    statistics: () => appender.statistics(),
    async close() {
      await appender.close();
      client.destroy();
    },
  };
}
