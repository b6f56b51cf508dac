import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { type EventType, eventTypes, isEventType } from '../../../events/catalog.ts';
import type { RecordedEvent } from '../../../events/envelope.ts';
import { FigtreeError, isFigtreeError } from '../../../events/errors.ts';
import type { EventLogReader } from '../../../ports/event-log.ts';
import { projectionNames } from '../../../ports/progress.ts';
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
    context.addIssue({ code: 'custom', message: `must be of the catalog: ${eventTypes.join(', ')}` });
    return z.NEVER;
  })
  .optional()
  .openapi({ type: 'string', example: 'yubl-posted,yubl-deleted', description: 'Only these types' });

// Browsers send none where they have seen none; others send an empty one.
const lastEventId = z
  .literal('')
  .transform(() => undefined)
  .or(position);

const from = position
  .optional()
  .openapi({ type: 'integer', minimum: 0, description: 'The first position that is wanted' });

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
    durationUs: z.int(),
    note: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('FlowStep', { description: 'That a consumer handled an event of the flow' });

const trace = z.object({
  correlationId: z.string(),
  events: z.array(recordedEvent).readonly(),
  steps: z.array(flowStep).readonly(),
  truncated: z.boolean().openapi({ description: 'The flow is longer: these are its first events' }),
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
      summary: 'The log, oldest first',
      description: 'Without `from`, from the first event that is there: older ones may have been archived and trimmed.',
      security,
      middleware: access.rawEvents,
      request: {
        query: listQuery.extend({
          from,
          type: typesParameter,
          key: once()
            .min(1, 'must not be empty')
            .optional()
            .openapi({ description: 'Only events of this partition key' }),
        }),
      },
      responses: { 200: json(listOf(recordedEvent), 'The events'), ...problems(400, 401, 403, 409, 410, 504) },
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
        ...(query.key !== undefined && { key: query.key }),
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
  const message = `Position ${after} is beyond the newest event, which is at ${head}: this is not the log that it came from`;
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
      summary: 'The log as it grows: server-sent events',
      description:
        'Each event is one message: `id` is its position, `data` the event as JSON. Goes on behind Last-Event-ID (or from `from`, ' +
        'failing both from now on). A client that reads slowly is served slowly and misses nothing. Ends when the token expires. ' +
        `410 if what it asks for was trimmed, 409 if the log has not come to it. One credential may have ${TAILS_PER_CREDENTIAL_MAX} of them open.`,
      security,
      middleware: access.rawEvents,
      request: {
        query: z.object({ from, type: typesParameter }),
        headers: z.object({
          'last-event-id': lastEventId.optional().openapi({ type: 'integer', description: 'The position last seen' }),
        }),
      },
      responses: {
        200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
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
      summary: 'One flow: its events, and what each consumer did with them, in order of time',
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
