import { expect, test } from 'vitest';
import { chaos } from './chaos.ts';

// The long form of it: node acceptance/chaos.ts --runs 50
test('killed at random moments, import and serve lose nothing and double nothing', async () => {
  const seed = Date.now() % 1_000_000;
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  try {
    const kills = await chaos({ runs: 1, seed, lines: 8000, events: 1000, print });
    expect(kills).toBe(5);
  } catch (error) {
    throw new Error(`with seed ${seed}:\n${lines.join('\n')}`, { cause: error });
  }
}, 120_000);
