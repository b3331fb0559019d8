/** Random choices of a test run: which cases are tried, and how. */

/** Whether every case is asked for, and not a choice of them. */
export const SOAK = process.env.SOAK === '1';

/** Numbers that look random and follow from a seed (Mulberry32): whole, from 0 up to but not including `below`. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** The seed of this run's random choices: `SEED` repeats a run. */
export const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000_007);

/** A shuffled copy. */
export function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

/** Some of the cases, another choice for every seed; with `SOAK=1` all of them. For cases that each take long. */
export function some<T>(cases: readonly T[], count: number): readonly T[] {
  if (SOAK) return cases;
  tellSeed();
  return shuffled(cases, randomFrom(SEED)).slice(0, count);
}

/** Whether this run takes a case that one of so many runs takes, each case by itself; with `SOAK=1` always. */
export function onceIn(runs: number, name: string): boolean {
  if (SOAK) return true;
  tellSeed();
  const own = [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.codePointAt(0)!) >>> 0, SEED);
  return randomFrom(own)(runs) === 0;
}

let told = false;

function tellSeed(): void {
  if (!told) process.stderr.write(`cases chosen by SEED=${SEED}\n`);
  told = true;
}
