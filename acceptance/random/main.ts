import { parseArgs } from 'node:util';
import { openFuzzedWorld } from './fuzzed-world.ts';
import { doors, playRounds } from './play-doors.ts';

// Sends random inputs to every entry point. A run with the same seed sends the same ones again.

const USAGE = `npm run fuzz -- [--inputs N] [--seed S] [--door NAME]…
  --inputs  how many (default 1,000,000)
  --seed    default: of the clock
  --door    ${doors.map(({ name }) => `'${name}'`).join(', ')}; all of them if none is named`;

// The memory of one round is reported after it; a fresh engine each time would lose what the rounds before have left
// behind.
const INPUTS_OF_ROUND = 10_000;

process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  const { values } = parseArgs({
    args: words,
    options: {
      inputs: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      door: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
  const unknown = values.door.filter((name) => !doors.some((door) => door.name === name));
  if (values.help || unknown.length > 0 || !Number.isSafeInteger(inputs) || !Number.isSafeInteger(seed)) {
    console.log(unknown.length > 0 ? `There is no door ${unknown.join(', ')}\n${USAGE}` : USAGE);
    return values.help ? 0 : 2;
  }
  console.log(`${inputs} inputs from seed ${seed}`);
  const world = await openFuzzedWorld();
  try {
    const asked = doors.filter(({ name }) => values.door.length === 0 || values.door.includes(name));
    const rounds = Math.max(3, Math.ceil(inputs / INPUTS_OF_ROUND));
    await playRounds(world, rounds, { inputs, seed, doors: asked, print: (line) => console.log(line) });
    return 0;
  } catch (error) {
    for (let each = error; each instanceof Error; each = each.cause) console.error(each.message);
    return 1;
  } finally {
    await world.close();
  }
}
