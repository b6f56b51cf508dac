import * as z from 'zod';
import { defineEvent } from '../../events/define-event.ts';
import type { CatalogSources } from '../../schema-registry/documents/catalog-sources.ts';
import { readerSchema } from '../../schema-registry/documents/event-fields.ts';

// A catalog with everything that a document can show, and texts that would be markup if they were not escaped.

export const MARKUP = '<script>alert("& {danger}")</script>';

const address = z.object({ street: z.string(), city: z.string().max(50) }).meta({ id: 'Address' });

const ordered1 = z.object({ orderId: z.string(), buyer: z.string().meta({ pii: true }) });
export const ordered = defineEvent({
  type: 'ordered',
  version: 2,
  owner: 'sales',
  summary: `Somebody has ordered ${MARKUP}`,
  deprecation: { sunset: '2027-03-31', replacedBy: 'shipped' },
  reserved: ['price'],
  writer: 'unvalidated',
  data: z
    .object({
      orderId: z.string().regex(/^[0-9]{1,9}$/),
      buyer: z.string().describe(MARKUP).meta({ pii: true }).nullable(),
      from: address,
      to: address.optional(),
      kind: z.enum(['gift', MARKUP]).default('gift'),
      pair: z.tuple([z.int(), z.string()]),
      get parts() {
        return z.array(z.object({ name: z.string(), made: z.iso.datetime().optional() })).max(9);
      },
    })
    .refine(({ from, to }) => from.street !== to?.street, { message: 'nothing is sent to where it is', path: ['to'] }),
  subject: ({ orderId }) => orderId,
  partitionKey: ({ orderId }) => orderId,
  examples: [
    {
      orderId: '17',
      buyer: null,
      from: { street: MARKUP, city: 'c' },
      kind: 'gift',
      pair: [1, 'x'],
      parts: [{ name: 'bolt', made: '2020-01-01T00:00:00Z' }],
    },
    { orderId: '18', buyer: 'Eve', from: { street: 's', city: 'c' }, kind: MARKUP, pair: [-1, ''], parts: [] },
  ],
});

const shipped = defineEvent({
  type: 'shipped',
  version: 1,
  owner: 'stock',
  summary: 'Something was sent.',
  status: 'draft',
  data: z.object({ orderId: z.string() }),
  subject: ({ orderId }) => orderId,
  partitionKey: ({ orderId }) => orderId,
  examples: [{ orderId: '17' }],
});

export const smallCatalog: CatalogSources = {
  definitions: { ordered, shipped },
  pastVersions: [{ type: 'ordered', version: 1, data: ordered1 }],
  frozen: [
    {
      frozen: {
        type: 'ordered',
        version: 1,
        frozenOn: '2020-02-29',
        sha256: 'a1b2c3d4e5f6a1b2c3d4e5f6',
        reader: readerSchema(ordered1),
      },
      samples: [{ name: 'of a log', origin: 'log', data: { orderId: '1', buyer: 'Mallory' } }],
    },
    {
      frozen: {
        type: 'ordered',
        version: 2,
        frozenOn: '2021-02-28',
        sha256: 'f1b2c3d4e5f6a1b2c3d4e5f6',
        reader: readerSchema(ordered.data),
      },
      samples: [],
    },
  ],
  differences: [
    {
      type: 'ordered',
      version: 2,
      verdict: { replay: 'breaks', subscribers: 'safe' },
      differences: [
        { rule: 'FIELD_MADE_NULLABLE', path: 'buyer', severity: 'error', message: `buyer may be null ${MARKUP}` },
        { rule: 'FIELD_ADDED_OPTIONAL', path: 'to', severity: 'info', message: 'is new' },
      ],
    },
  ],
  lineage: {
    events: {
      ordered: {
        producers: [{ door: 'legacy', change: 'insert of orders' }, { door: 'events' }],
        consumers: [
          { consumer: 'count-orders', projection: 'figures', fields: ['orderId'] },
          { consumer: 'pack', projection: 'stock', fields: ['orderId', 'parts[].name', 'from'] },
        ],
      },
    },
  },
};
