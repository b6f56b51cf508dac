import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import type { CatalogEvent } from '../../schema-registry/documents/catalog-model.ts';
import type { JsonSchema } from '../../schema-registry/documents/catalog-sources.ts';
import { envelope, recorded } from '../server/recorded-event.ts';
import { asyncApiSchemas } from './asyncapi-schemas.ts';

const DESCRIPTION =
  'Every event is a CloudEvent in structured JSON; `type` determines the schema of `data`. Publish to `/events`; read ' +
  'the log there from any position, or follow it at `/events/stream`.';

/** AsyncAPI 3.0: the log as a channel, each event as a message of it, producers and consumers as operations. */
export function asyncApiDocument(events: readonly CatalogEvent[]): object {
  const references = events.map(({ type }) => [type, { $ref: `#/components/messages/${type}` }]);
  const messages = Object.fromEntries(references) as object;
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Figtree',
      version: packageJson.version,
      description: DESCRIPTION,
      license: { name: packageJson.license },
      tags: [...new Set(events.map(({ owner }) => owner))].map((name) => ({ name })),
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      local: { host: 'localhost:4000', protocol: 'http', description: 'The default address of `figtree serve`' },
    },
    channels: {
      log: { address: '/events', title: 'The log', description: 'Publish events, or read them page by page', messages },
      stream: { address: '/events/stream', title: 'The live tail', description: 'Server-sent events', messages },
    },
    operations: operationsOf(events),
    components: {
      messages: Object.fromEntries(events.map((event) => [event.type, messageOf(event)])),
      schemas: {
        CloudEvent: cloudEventSchema(),
        ...Object.assign({}, ...events.map(({ type, current }) => asyncApiSchemas(type, current.schema))),
      },
    },
  };
}

function operationsOf(events: readonly CatalogEvent[]): object {
  const sent = new Map<string, string[]>();
  const received = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, name: string, type: string) =>
    map.set(name, [...(map.get(name) ?? []), type]);
  for (const { type, lineage } of events) {
    for (const producer of lineage?.producers ?? []) add(sent, producer.name, type);
    for (const { consumer } of lineage?.consumers ?? []) add(received, consumer, type);
  }
  const operation = (action: 'send' | 'receive', [name, types]: [string, string[]], summary: string) => [
    `${name}.${action}`,
    {
      action,
      channel: { $ref: '#/channels/log' },
      summary,
      messages: types.map((type) => ({ $ref: `#/channels/log/messages/${type}` })),
    },
  ];
  return Object.fromEntries([
    ...[...sent].map((entry) => operation('send', entry, `Events published by ${entry[0]}`)),
    ...[...received].map((entry) => operation('receive', entry, `Events read by ${entry[0]}`)),
  ]) as object;
}

function messageOf({ type, owner, summary, status, deprecation, current }: CatalogEvent): object {
  const data = { $ref: `#/components/schemas/${type}` };
  const properties = { type: { const: type }, dataschema: { const: current.dataschema }, data };
  return {
    name: type,
    title: type,
    summary,
    contentType: 'application/cloudevents+json',
    tags: [{ name: owner }, ...(status === 'active' ? [] : [{ name: status }])],
    correlationId: { location: '$message.payload#/correlationid' },
    payload: {
      allOf: [{ $ref: '#/components/schemas/CloudEvent' }, { type: 'object', properties, required: ['data'] }],
    },
    examples: current.examples.map((example, index) => {
      const id = `example-${index + 1}`;
      return { name: id, payload: { specversion: '1.0', id, source: 'urn:example:docs', type, data: example.data } };
    }),
    'x-figtree-version': current.version,
    'x-figtree-status': status,
    ...(deprecation && { 'x-figtree-sunset': deprecation.sunset, 'x-figtree-replaced-by': deprecation.replacedBy }),
  };
}

/** What a publisher must send; the other attributes of a recorded event are described as well. */
function cloudEventSchema(): JsonSchema {
  const { specversion, id, source, ...derived } = envelope;
  const optional = z.object({ ...derived, ...recorded }).partial();
  const type = z.string().meta({ description: 'The name of the event' });
  const dataschema = z.string().meta({ description: '`figtree:<type>:<version>`' }).optional();
  const schema = z.object({ specversion, id, source, type, dataschema, ...optional.shape });
  const { $schema: _dialect, ...document } = z.toJSONSchema(schema, { io: 'input' });
  return { title: 'CloudEvent', ...(document as JsonSchema) };
}
