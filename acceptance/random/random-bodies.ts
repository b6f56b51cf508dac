import * as fc from 'fast-check';
import { catalog, eventTypes } from '../../events/catalog.ts';
import { hostileText, hostileValue, IDS, mutated, mutation } from './hostile-values.ts';

const [ADA, BOB, YUBL] = IDS;

/** Documents accepted by the two doors, each with its own id. */
const events = (id: string) =>
  eventTypes.map((type) => ({
    specversion: '1.0',
    id,
    source: 'urn:example:random',
    type,
    time: '2016-02-22T07:02:00Z',
    dataschema: catalog[type].dataschema,
    correlationid: 'c',
    data: catalog[type].examples[0],
  }));

const changes = (id: string) => {
  const at = { $timestamp: { t: 1_456_124_520, i: 1 } };
  const createdAt = { $date: '2016-02-22T07:03:00.000Z' };
  const change = (collection: string, operationType: string, more: object) => ({
    _id: { _data: id },
    operationType,
    clusterTime: at,
    ns: { db: 'yubl', coll: collection },
    ...more,
  });
  const inserted = (collection: string, { _id, ...document }: { _id: object }) =>
    change(collection, 'insert', { documentKey: { _id }, fullDocument: { _id, ...document } });
  const documentKey = { _id: { $oid: ADA } };
  return [
    inserted('users', { _id: { $oid: ADA }, userName: 'ada', createdAt } as { _id: object }),
    inserted('relationships', { _id: { $oid: YUBL }, follower: { $oid: ADA }, followee: { $oid: BOB }, createdAt } as {
      _id: object;
    }),
    inserted('yubls', { _id: { $oid: YUBL }, author: { $oid: ADA }, text: 'x', createdAt } as { _id: object }),
    change('users', 'update', {
      documentKey,
      updateDescription: { updatedFields: { userName: 'b' }, removedFields: ['lastName'], truncatedArrays: [] },
    }),
    change('users', 'delete', { documentKey }),
    change('relationships', 'delete', { documentKey, fullDocumentBeforeChange: { follower: { $oid: ADA } } }),
    change('yubls', 'delete', { documentKey }),
  ];
};

const id = fc.oneof(
  fc.nat().map((number) => `r-${number}`),
  fc.constant('r'),
  hostileText,
);

const eventDocument = fc.tuple(id, fc.nat()).map(([id, which]) => pick(events(id), which));
const changeDocument = fc.tuple(id, fc.nat()).map(([id, which]) => pick(changes(id), which));

function pick<Each>(all: readonly Each[], which: number): Each {
  const found = all[which % all.length];
  if (found === undefined) throw new Error('there is nothing to pick');
  return found;
}

/** A document for either door: valid, with one thing changed, or with several. */
const publishedDocument: fc.Arbitrary<unknown> = fc
  .tuple(fc.oneof(eventDocument, changeDocument), fc.array(mutation, { maxLength: 3 }))
  .map(([document, mutations]) => mutations.reduce<unknown>(mutated, document));

const rebuildDocument = fc
  .tuple(fc.constant({ projections: ['feed'], swap: false, until: '1', rate: 1000 }), mutation)
  .map(([document, change]) => mutated(document, change));

const jsonText = (document: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: document.map(written) },
    { weight: 2, arbitrary: fc.array(document, { maxLength: 5 }).map(written) },
    { weight: 2, arbitrary: fc.array(document, { maxLength: 5 }).map((all) => all.map(written).join('\n')) },
    { weight: 1, arbitrary: hostileValue.map(written) },
  );

// Values without JSON, such as undefined, are sent as nothing.
function written(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

interface Damage {
  readonly how: 'none' | 'cut' | 'byte' | 'begin' | 'twice' | 'lines';
  readonly at: number;
  readonly byte: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  how: fc.constantFrom('none', 'none', 'none', 'cut', 'byte', 'begin', 'twice', 'lines'),
  at: fc.nat(5000),
  byte: fc.nat(255),
});

function damaged(text: string, { how, at, byte }: Damage): Uint8Array {
  const bytes = Buffer.from(text);
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  if (how === 'cut') return bytes.subarray(0, place);
  if (how === 'byte' && bytes.length > 0) bytes[place] = byte;
  if (how === 'begin') return Buffer.concat([Buffer.from('\ufeff'), bytes]);
  if (how === 'twice') return Buffer.concat([bytes, bytes]);
  if (how === 'lines') return Buffer.concat([bytes, Buffer.from('\n\r\n \n'), bytes, Buffer.from([10, byte])]);
  return bytes;
}

const ofBytes = fc.uint8Array({ maxLength: 300 });

/** Request bodies: documents as JSON, as NDJSON, damaged somewhere, or any bytes. */
export const publishedBody: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(jsonText(publishedDocument), damage).map(([text, how]) => damaged(text, how)) },
  { weight: 1, arbitrary: ofBytes },
);

export const rebuildBody: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(rebuildDocument, damage).map(([asked, how]) => damaged(written(asked), how)) },
  { weight: 1, arbitrary: ofBytes },
);
