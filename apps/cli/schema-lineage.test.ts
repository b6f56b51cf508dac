import { Command } from 'commander';
import { expect, test } from 'vitest';
import { currentCode } from '../../schema-registry/stored-reading.ts';
import { deriveLineage } from '../embedded/catalog/lineage.ts';
import { addSchemaLineage } from './schema-lineage-program.ts';
import { capturedTerminal } from '../../testing/cli/captured-terminal.ts';

async function lineage(...words: string[]): Promise<string> {
  const { context, lines } = capturedTerminal({ json: words.includes('--json') });
  const program = new Command('figtree').exitOverride();
  addSchemaLineage(program.command('schema'), context, async (act) => void (await act()));
  await program.parseAsync(['schema', 'lineage', ...words], { from: 'user' });
  return lines.join('\n');
}

test('of one event is described in words, with what the removal of each field breaks', async () => {
  const text = await lineage('yubl-posted');
  expect(text).toContain('insert of yubls (legacy), any publisher of events');
  expect(text).toContain('index-search reads authorId, postedAt, text, yublId');
  // Features may read it, too.
  expect(text).toMatch(/Removing `text` of yubl-posted breaks feed(, | and )search/);
});

test('of all events is one document with --json', async () => {
  expect(JSON.parse(await lineage('--json'))).toEqual(await deriveLineage(currentCode));
});

test('of no event is refused with those that there are', async () => {
  await expect(lineage('yubl-liked')).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('choose user-joined'),
  });
});
