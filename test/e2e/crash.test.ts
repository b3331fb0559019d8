/** A party may lose power at any moment: killed at its steps and started again, it brings the room to the true result. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '../../app/lib/receipt/verify.ts';
import { randomFrom, SEED, SOAK, some } from '../support/choice.ts';
import { parties, scratchFolder, writePolicy, writeTables, type PartyAt, type Ran } from './support.ts';

/** Kill once, so many milliseconds after a line of progress. */
type Kill = { readonly at: RegExp; readonly after: number };

const scratch = scratchFolder();
const random = randomFrom(SEED);
const { party, printed, stop } = parties(scratch.folder, ['left', 'right']);
const { left, right } = party;
/** Processes of killed commands: provers, which end when they notice. */
const orphans: number[] = [];

beforeAll(() => console.log(`random moments from SEED=${SEED}`));
afterAll(() => {
  stop();
  scratch.remove();
});

/** Ids of the processes that a process started, and those started. */
function descendants(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [[Number(name), Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])]];
      } catch {
        return []; // it has just ended
      }
    });
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

const alive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Gives a command again whenever it was killed. Ends when it ends by itself, which it must do well. */
async function untilDone(
  who: PartyAt,
  args: readonly string[],
  plan: readonly Kill[],
  everywhere = false,
): Promise<{ kills: string[]; last: Ran }> {
  const due = [...plan];
  const seen = new Set<string>();
  const kills: string[] = [];
  for (;;) {
    let killed: string | undefined;
    const running = who.start(args, {
      onLine(line) {
        const said = line.replace(/^ *\d+ s {2}/, '');
        const at = due.findIndex((kill) => kill.at.test(line));
        const fresh = everywhere && !seen.has(said) && /^ *\d+ s {2}/.test(line);
        if (killed !== undefined || (at < 0 && !fresh)) return;
        seen.add(said);
        const after = at >= 0 ? due.splice(at, 1)[0].after : random(4000);
        killed = `${said} + ${after} ms`;
        setTimeout(() => {
          if (running.child.exitCode !== null) return;
          orphans.push(...descendants(running.child.pid!));
          running.child.kill('SIGKILL');
        }, after);
      },
    });
    const last = await running.ended;
    if (last.code !== null) {
      if (last.code !== 0)
        throw new Error(
          `after ${kills.join(', ') || 'no kill'}: room ${args[0]} ended with ${last.code}:\n${last.stderr}`,
        );
      return { kills, last };
    }
    kills.push(killed!);
  }
}

test('two parties, killed at their steps, come to the true overlap', async () => {
  const { files, overlap } = writeTables(scratch.folder, [8, 6], 4, random);
  const policy = writePolicy(scratch.folder, { k: 2, minRows: 5, maxRows: 32 });
  const { invites } = await left.json<{ invites: string[] }>(['create', '--policy', policy]);
  const kills: string[] = [];
  const both = async (act: (who: PartyAt, slot: number) => Promise<{ kills: string[] }>) => {
    for (const done of await Promise.all([left, right].map(act))) kills.push(...done.kills);
  };
  // A transaction takes longer than this on any machine, so that the kill comes before its command has ended.
  const once = (at: RegExp, after = random(1500)): Kill => ({ at, after });

  const [decision] = some(['join', 'approve', 'commit'] as const, 1);
  const kill = (at: typeof decision, slot: number, chosen: number) => SOAK || (at === decision && slot === chosen);
  await both((who, slot) =>
    untilDone(who, ['join', invites[slot]], kill('join', slot, 1) ? [once(/taking slot/)] : []),
  );
  await both((who, slot) => untilDone(who, ['approve'], kill('approve', slot, 0) ? [once(/sending: approve/)] : []));
  await both((who, slot) =>
    untilDone(
      who,
      ['commit', '--csv', files[slot], '--id', 'email'],
      kill('commit', slot, 1) ? [once(/committing/)] : [],
    ),
  );
  const everyPlan: Kill[][] = [
    [once(/proving blind/), once(/posting blind/), once(/posting match/), once(/giving/), once(/posting release/)],
    [once(/waiting for/, 0), once(/proving hop/), once(/posting hop/), once(/giving/, 0)],
  ];
  const plans = [some(everyPlan[0], 2), some(everyPlan[1], 2)];
  await both((who, slot) => untilDone(who, ['run'], plans[slot], SOAK));
  console.log(`killed at:\n${kills.map((kill) => `  ${kill}`).join('\n')}`);
  expect(kills.length).toBeGreaterThanOrEqual(SOAK ? 11 : 4);
  // A prover ends with the proof that it was making.
  for (let wait = 0; wait < 300 && orphans.some(alive); wait++) await sleep(200);
  expect(orphans.filter(alive)).toEqual([]);

  const out = join(scratch.folder, 'receipt.json');
  expect(await right.json(['receipt', '--out', out])).toMatchObject({ result: { suppressed: false, count: overlap } });
  const verdict = await left.json<Verdict>(['verify', out, '--allow-dev-srs']);
  expect(verdict).toMatchObject({ verified: true, result: { suppressed: false, count: overlap } });
  expect(printed()).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  for (const { home } of [left, right]) expect(readdirSync(home)).not.toContain('lock');
}, 3_600_000);
