import * as z from 'zod';
import { defineEvent } from '../../events/define-event.ts';
import type { AnyDefinition } from '../../schema-registry/check/freezing.ts';
import type { PastVersion } from '../../schema-registry/past-version.ts';

export interface EvolvingCatalog {
  readonly definitions: readonly AnyDefinition[];
  readonly pastVersions: readonly PastVersion[];
}

/** A number of events, each with a number of versions. Every version adds a field; every third changes one so that old
 *  events need an upcaster. */
export function evolvingCatalog(events: number, versions: number): EvolvingCatalog {
  const made = Array.from({ length: events }, (_, index) => evolvingEvent(`event-${index + 1}`, versions));
  return {
    definitions: made.map(({ definition }) => definition),
    pastVersions: made.flatMap(({ past }) => past),
  };
}

function evolvingEvent(type: string, versions: number): { definition: AnyDefinition; past: PastVersion[] } {
  const of = (version: number) =>
    defineEvent({
      type,
      version,
      owner: 'bench',
      summary: 'Something happened.',
      data: schemaOf(version),
      subject: ({ id }) => String(id),
      partitionKey: ({ id }) => String(id),
      examples: [exampleOf(version), { ...exampleOf(version), note: 'with a note' }],
    });
  const past = Array.from({ length: versions - 1 }, (_, index) => {
    const { data } = of(index + 1);
    const upcast = (old: Record<string, unknown>) => [{ type, data: { ...old, ...added(index + 2) } }];
    return { type, version: index + 1, data, upcast } as unknown as PastVersion;
  });
  return { definition: of(versions), past };
}

const id = z.string().regex(/^[0-9a-f]{24}$/);

function schemaOf(version: number): z.ZodObject {
  const fields: Record<string, z.ZodType> = {
    id,
    authorId: id.describe('who did it'),
    at: z.iso.datetime({ offset: true }),
    text: z.string().max(65_536).meta({ pii: true }),
    note: z.string().max(200).nullish(),
    way: z.enum(['web', 'app', 'mail']),
    amount: z.object({ cents: z.int().min(0), currency: z.string().length(3) }),
    tags: z.array(z.string().max(50)).max(20),
    media: z.array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('image'), url: z.url(), width: z.int(), height: z.int() }),
        z.object({ kind: z.literal('video'), url: z.url(), seconds: z.number().min(0) }),
      ]),
    ),
  };
  for (let step = 2; step <= version; step += 1)
    fields[`field${step}`] = step % 3 === 0 ? z.string().max(100) : z.string().max(100).optional();
  return z.object(fields);
}

function added(version: number): Record<string, unknown> {
  return version % 3 === 0 ? { [`field${version}`]: 'unknown' } : {};
}

function exampleOf(version: number): Record<string, unknown> {
  const later = Array.from({ length: version }, (_, index) => added(index + 1));
  return Object.assign(
    {
      id: '5e0d215eb7492e0565bd574a',
      authorId: '5e0c0fcfce146351faa302c8',
      at: '2020-01-01T22:46:54.000Z',
      text: 'thats right',
      way: 'web',
      amount: { cents: 100, currency: 'EUR' },
      tags: ['one', 'two'],
      media: [{ kind: 'image', url: 'https://example.org/a.png', width: 10, height: 20 }],
    },
    ...later,
  );
}
