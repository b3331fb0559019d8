/**
 * `npm run bench -- <name>`: measures a part of the project on this machine.
 *
 *   app        sizes of what pages load first, and the time from a cold page to a verdict: [receipt.json]
 *   circuits   gates, proving and verifying time of every circuit
 *   contract   gates of every private function, gas of every public one; plays a room on the configured network
 *   overlap    the plain join of 1,000, 10,000 and 100,000 identifiers beside psi.js, and what proofs add
 *              [sizes] [--peer-up-to N] (psi.js up to that size only, 0 for none) [--prove] (prove 1,000 rows instead of estimating)
 *   check      the pre-check of a table beside merely reading it: [rows], 1,000,000 where not given
 */
const BENCHES: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  app: async (args) => (await import('./bench/app.ts')).benchApp(args),
  circuits: async () => (await import('./bench/circuits.ts')).benchCircuits(),
  check: async (args) => (await import('./bench/check.ts')).benchCheck(args),
  contract: async () => (await import('./bench/contract.ts')).benchContract(),
  overlap: async (args) => (await import('./bench/overlap.ts')).benchOverlap(args),
};

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(BENCHES, name)) {
  console.error(`Usage: npm run bench -- <name>, where name is one of: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  await BENCHES[name](args);
}
