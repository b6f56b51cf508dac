// kinesalite on the loopback, until standard input ends, as it does however the test run ends:
//   node kinesalite.cjs RUN_FOLDER PORT INSTALLATION
// Its own command listens on all interfaces.

const { rmSync } = require('node:fs');
const { join } = require('node:path');

const [folder, port, installation] = process.argv.slice(2);
const kinesalite = require(join(installation, 'node_modules/kinesalite'));

process.stdin.resume().on('end', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit();
});
// Streams live in memory, and change their state soon.
kinesalite({ createStreamMs: 50, updateStreamMs: 50, deleteStreamMs: 50, shardLimit: 200 }).listen(port, '127.0.0.1');
