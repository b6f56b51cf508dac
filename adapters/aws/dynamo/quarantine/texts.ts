import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ItemKey, keyText } from '../item.ts';
import type { DynamoTable } from '../dynamo-table.ts';

// A text is named by its content and never changes, so it is written without a condition, in batches, and before
// anything refers to it. An item has 400 KB at most, and a text of half a million letters may have four times as many
// bytes, so it is compressed and, if still too long, split. The text of a crashed writer is not referenced until the
// next refusal with the same text.

export interface KeptText {
  /** <SHA-256 of the text>/<number of its pieces>. */
  readonly text: string;
}

const PIECE_BYTES_MAX = 380_000;

export interface PackedText {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function packText(text: string): PackedText {
  const bytes = gzipSync(text);
  return { name: `${hash('sha256', text)}/${Math.ceil(bytes.length / PIECE_BYTES_MAX)}`, bytes };
}

export async function writeTexts(table: DynamoTable, texts: readonly PackedText[]): Promise<void> {
  const pieces = texts.flatMap(({ name, bytes }) =>
    pieceKeys(name).map((key, piece) => ({
      ...key,
      bytes: bytes.subarray(piece * PIECE_BYTES_MAX, (piece + 1) * PIECE_BYTES_MAX),
    })),
  );
  await Promise.all(pieces.map((piece) => table.write(piece)));
}

/** By name. */
export async function readTexts(table: DynamoTable, kept: readonly KeptText[]): Promise<Map<string, string>> {
  const names = [...new Set(kept.map(({ text }) => text))];
  const found = await table.getAll(names.flatMap(pieceKeys));
  return new Map(
    names.map((name) => {
      const pieces = pieceKeys(name).map((key) => found.get(keyText(key))?.['bytes'] as Uint8Array);
      return [name, gunzipSync(Buffer.concat(pieces)).toString('utf8')];
    }),
  );
}

function pieceKeys(name: string): ItemKey[] {
  const [digest = '', pieces] = name.split('/');
  return Array.from({ length: Number(pieces) }, (_, piece) => ({ pk: `QTEXT#${digest}`, sk: String(piece) }));
}
