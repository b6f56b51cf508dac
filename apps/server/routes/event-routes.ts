import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { defined } from '../../../events/defined.ts';
import { type EventType, eventTypes, isEventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import { projectionNames } from '../../projections/registry.ts';
import { type Caller, callerKey } from '../caller.ts';
import { cursors } from '../cursor.ts';
import type { ServerApp, Serving } from '../env.ts';
import { liveTail } from '../live-tail.ts';
import { openTailPlaces, TAILS_PER_CREDENTIAL_MAX } from '../tail-places.ts';
import { openTurns } from '../turns.ts';
import { listQuery, once, position, readQuery } from '../parameters.ts';
import { exampleRecordedEvent, recordedEventSchema } from '../recorded-event.ts';
import { json, listOf, pageAsked, problems } from '../responses.ts';
import { untilApplied, untilLogged } from '../wait.ts';

const tags = ['events'];
const security = [{ publishKey: [] }, { token: ['admin'] }];

/** `type=a&type=b` and `type=a,b` say the same. */
const typesParameter = z
  .union([z.string(), z.array(z.string())])
  .transform((given, context): EventType[] => {
    const names = [given].flat().flatMap((text) => text.split(','));
    const unknown = names.find((name) => !isEventType(name));
    if (unknown === undefined) return names as EventType[];
    context.addIssue({ code: 'custom', message: `must be one or more of ${eventTypes.join(', ')}` });
    return z.NEVER;
  })
  .optional()
  .openapi({
    type: 'string',
    example: 'yubl-posted,yubl-deleted',
    description: 'Return only events of these types. Separate several types with commas, or repeat the parameter.',
  });

// Browsers send none where they have seen none; others send an empty one.
const lastEventId = z
  .literal('')
  .transform(() => undefined)
  .or(position);

const from = position
  .optional()
  .openapi({ type: 'integer', minimum: 0, description: 'Position of the first event to return' });

// Written by the catalog and not by a schema of its own, so the compiler is told what it is.
const recordedEvent = z
  .custom<RecordedEvent>()
  .openapi('RecordedEvent', { type: 'object', ...recordedEventSchema(), example: exampleRecordedEvent() });

const flowStep = z
  .object({
    correlationid: z.string(),
    position: z.int(),
    consumer: z.string(),
    at: z.string().openapi({ format: 'date-time' }),
    durationUs: z.int().openapi({ description: 'Duration of the handling in microseconds' }),
    note: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('FlowStep', { description: 'The handling of one event of the flow by one consumer' });

const trace = z.object({
  correlationId: z.string(),
  events: z.array(recordedEvent).readonly(),
  steps: z.array(flowStep).readonly(),
  truncated: z
    .boolean()
    .openapi({ description: 'Whether the flow has more events than the ones returned, which are its first' }),
});

/** The log, for whoever may see events as they were sent. */
export function addEventRoutes(app: ServerApp, serving: Serving): void {
  addLog(app, serving);
  addTail(app, serving);
  addTraces(app, serving);
}

function addLog(app: ServerApp, { engine, access }: Serving): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/events',
      tags,
      summary: 'List the events of the log, oldest first',
      description:
        'Without `from`, the list begins with the first event still in the log: older events may have been archived and trimmed.',
      security,
      middleware: access.rawEvents,
      request: {
        query: listQuery.extend({
          from,
          type: typesParameter,
          key: once()
            .min(1, 'must not be empty')
            .optional()
            .openapi({ description: 'Return only events with this partition key' }),
        }),
      },
      responses: { 200: json(listOf(recordedEvent), 'A page of events'), ...problems(400, 401, 403, 409, 410, 504) },
    }),
    async (c) => {
      const query = c.req.valid('query');
      if (query.after !== undefined) await untilLogged(engine.progress, query.after);
      const asked = pageAsked(query, cursors.events);
      const start = query.from === undefined ? await startOfLog(engine.log) : Math.max(0, query.from - 1);
      const after = asked.after?.position ?? start;
      await refuseBeyondHead(engine.log, after);
      const page = await engine.log.read({
        after,
        limit: asked.limit,
        ...(query.type && { types: query.type }),
        ...defined({ key: query.key }),
      });
      const atEnd = page.position >= engine.progress.head();
      const next = atEnd ? null : cursors.events.encode({ position: page.position });
      return c.json({ items: page.events, next }, 200);
    },
  );
}

/** A position that the log has not reached is one of another log, or of this one before it was restored from an older
 *  backup: what is recorded up to there is not what the client has seen. The one behind the newest event is what a client
 *  asks for that has seen everything. */
async function refuseBeyondHead(log: Pick<EventLogReader, 'head'>, after: number): Promise<void> {
  const head = await log.head();
  if (after <= head) return;
  const message = `Position ${after} is beyond the newest event (${head}): it belongs to a different log, or to this log before it was restored`;
  throw new FigtreeError('POSITION_BEYOND_HEAD', message, { after, head });
}

/** Whoever names no position gets what is there; one that was trimmed is answered with EVENTS_ARCHIVED. */
async function startOfLog(log: Pick<EventLogReader, 'read'>): Promise<number> {
  try {
    await log.read({ after: 0, limit: 0 });
    return 0;
  } catch (error) {
    if (!isFigtreeError(error, 'EVENTS_ARCHIVED')) throw error;
    return Number(error.details['first']) - 1;
  }
}

function addTail(app: ServerApp, serving: Serving): void {
  const { engine, access } = serving;
  const places = openTailPlaces();
  const turns = openTurns();
  app.openapi(
    createRoute({
      method: 'get',
      path: '/events/stream',
      tags,
      summary: 'Stream events as they are recorded (server-sent events)',
      description:
        'Each event is one message: `id` is its position, `data` the event as JSON. The stream continues after `Last-Event-ID`, ' +
        'or else begins at `from`, or else with the next event that is recorded. A slow client is sent events at its own pace ' +
        'and misses none. The stream ends when the token expires. Responds with 410 if the requested events were trimmed from the ' +
        `log, and with 409 if the log has not reached the position. A credential may hold ${TAILS_PER_CREDENTIAL_MAX} streams open at a time.`,
      security,
      middleware: access.rawEvents,
      request: {
        query: z.object({ from, type: typesParameter }),
        headers: z.object({
          'last-event-id': lastEventId
            .optional()
            .openapi({ type: 'integer', description: 'Position of the last event received' }),
        }),
      },
      responses: {
        200: {
          description: 'A stream of server-sent events',
          content: { 'text/event-stream': { schema: z.string() } },
        },
        ...problems(400, 401, 403, 409, 410, 429),
      },
    }),
    async (c) => {
      const { from: first, type } = c.req.valid('query');
      const seen = c.req.valid('header')['last-event-id'];
      const after = seen ?? (first === undefined ? engine.progress.head() : Math.max(0, first - 1));
      // A client that asks for events that were trimmed is told so, and not served with what is left of them.
      if (seen !== undefined || first !== undefined) {
        await refuseBeyondHead(engine.log, after);
        await engine.log.read({ after, limit: 0 });
      }
      const gone = c.req.raw.signal;
      const expired = expiryOf(c.get('caller'));
      // To HEAD nobody reads a body, and so none ends.
      const ended = c.req.method === 'HEAD' ? () => {} : places.take(callerKey(c.get('caller')));
      gone.addEventListener('abort', ended, { once: true });
      return liveTail(serving, {
        after,
        gone,
        turns,
        ended,
        ...(type && { types: type }),
        ...(expired && { expired }),
      });
    },
  );
}

// Timers count no further. A tail that lasts so long connects again where it was.
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Fires when the caller's token expires: a client that comes back with another one misses nothing. */
function expiryOf({ expiresAt }: Caller = {}): AbortSignal | undefined {
  if (expiresAt === undefined) return undefined;
  return AbortSignal.timeout(Math.min(TIMER_MS_MAX, Math.max(0, Math.floor(expiresAt - Date.now()))));
}

function addTraces(app: ServerApp, { engine, access }: Serving): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/traces/{correlationId}',
      tags,
      summary: 'Get a flow by correlation ID',
      description: 'Returns the events of the flow and what each consumer did with them, in chronological order.',
      security,
      middleware: access.rawEvents,
      request: { params: z.object({ correlationId: z.string() }), query: readQuery },
      responses: { 200: json(trace, 'The flow'), ...problems(400, 401, 403, 404, 504) },
    }),
    async (c) => {
      const { after } = c.req.valid('query');
      if (after !== undefined) await untilApplied(engine.progress, projectionNames, after);
      const { correlationId } = c.req.valid('param');
      const flow = await engine.trace(correlationId);
      if (flow.events.length === 0) throw new FigtreeError('NOT_FOUND', `There is no flow ${correlationId}`);
      return c.json(flow, 200);
    },
  );
}
