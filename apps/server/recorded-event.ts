import * as z from 'zod';
import { catalog, type EventType, eventTypes } from '../../events/catalog.ts';
import { dataschemaOf } from '../../events/envelope.ts';
import { SEQUENCE_PATTERN } from '../../events/sequence.ts';
import { pastVersions } from '../../schema-registry/past-versions.ts';

// The events as the OpenAPI document shows them, generated from the catalog.

const text = (description: string) => z.string().meta({ description });

/** The attributes of all events. */
export const envelope = {
  specversion: z.literal('1.0'),
  id: text('ID of the event, permanently unique together with `source`'),
  source: text('Publisher of the event'),
  time: z.iso.datetime({ offset: true }).meta({ description: 'When the event happened' }),
  datacontenttype: z.literal('application/json'),
  subject: text('ID of the aggregate'),
  partitionkey: text('Partition key; events with the same key keep their order'),
  sequence: z
    .string()
    .regex(SEQUENCE_PATTERN)
    .meta({ description: 'Order assigned by the source: 20 digits that sort as text' }),
  correlationid: text('ID shared by all events of a flow'),
  causationid: text('ID of the event or request that directly caused this event').optional(),
  traceparent: text('W3C Trace Context').optional(),
  baggage: text('W3C Baggage').optional(),
  producerid: z.string().optional(),
  producerseq: z.string().optional(),
};

/** The attributes that the log adds. */
export const recorded = {
  position: z.int().min(1).meta({ description: 'Position in the log, from 1' }),
  recordedtime: z.iso.datetime().meta({ description: 'When the event was recorded' }),
};

type JsonSchema = Record<string, unknown>;

/** OpenAPI 3.1 schema of a published event, whose derivable attributes are optional. An event of a past version has to
 *  state its version, because otherwise it is treated as current. It is `anyOf`, because an event may match several
 *  versions. */
export function publishedEventSchema(): JsonSchema {
  const current = eventTypes.map((type) =>
    described(type, envelopeOf(catalog[type]).partial({ ...derivable, dataschema: true })),
  );
  const past = pastVersions.map(({ type, version, data }) =>
    described(type, envelopeOf({ type, dataschema: dataschemaOf(type, version), data }).partial(derivable)),
  );
  return { anyOf: [...current, ...past] };
}

const derivable = {
  time: true,
  datacontenttype: true,
  subject: true,
  partitionkey: true,
  sequence: true,
  correlationid: true,
} as const;

/** Only current versions, because events are always read in these. */
export function recordedEventSchema(): JsonSchema {
  return { oneOf: eventTypes.map((type) => described(type, envelopeOf(catalog[type]).extend(recorded))) };
}

function envelopeOf({ type, dataschema, data }: { type: EventType; dataschema: string; data: z.ZodObject }) {
  return z.object({ ...envelope, type: z.literal(type), dataschema: z.literal(dataschema), data });
}

function described(type: EventType, event: z.ZodObject): JsonSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(event.meta({ description: catalog[type].summary }), {
    io: 'input',
  });
  return schema;
}

/** A complete published event, for the examples of the document. */
export function exampleEvent(): JsonSchema {
  const [data] = catalog['yubl-posted'].examples;
  return {
    specversion: '1.0',
    id: 'mobile-api-7f1c',
    source: 'https://example.org/mobile-api',
    type: 'yubl-posted',
    time: data?.postedAt,
    datacontenttype: 'application/json',
    dataschema: catalog['yubl-posted'].dataschema,
    data,
  };
}

export function exampleRecordedEvent(): JsonSchema {
  const event = exampleEvent();
  const [data] = catalog['yubl-posted'].examples;
  return {
    position: 1,
    recordedtime: '2016-02-22T07:02:00.123Z',
    ...event,
    subject: data?.yublId,
    partitionkey: data?.yublId,
    sequence: '14561245200000000001',
    correlationid: event['id'],
  };
}
