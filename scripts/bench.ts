/**
 * `npm run bench -- <name>`: measures a part of the project on this machine.
 *
 *   circuits   gates, proving and verifying time of every circuit
 *   contract   gates of every private function, gas of every public one; plays a room on the configured network
 */
const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  circuits: async () => (await import('./bench/circuits.ts')).benchCircuits(),
  contract: async () => (await import('./bench/contract.ts')).benchContract(),
};

const [name = ''] = process.argv.slice(2);
if (!Object.hasOwn(BENCHES, name)) {
  console.error(`Usage: npm run bench -- <name>, where name is one of: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  await BENCHES[name]();
}
