/** What stood on a block that the chain took back is done again on the chain as it is, and nothing else is. */
import { expect, test } from '@jest/globals';
import { acrossReorgs } from '../../app/lib/chain/reorg.ts';

const GONE = `Block hash 0x${'1a'.repeat(32)} not found when querying world state.`;

/** An act that fails so often, with this message, before it comes to something. */
function failing(times: number, message: string) {
  let acts = 0;
  const act = () =>
    Promise.resolve().then(() => {
      acts++;
      if (acts <= times) throw new Error(message);
      return 'done';
    });
  return { act, acts: () => acts };
}

test('an act is done again until its block stays', async () => {
  const twice = failing(2, GONE);
  expect(await acrossReorgs(twice.act)).toBe('done');
  expect(twice.acts()).toBe(3);
});

test('a node that never has the block is not asked for ever', async () => {
  const always = failing(Infinity, GONE);
  await expect(acrossReorgs(always.act)).rejects.toThrow(GONE);
  expect(always.acts()).toBe(4);
});

test('an act that fails for another reason is done once', async () => {
  const refused = failing(1, 'Assertion failed: No such room');
  await expect(acrossReorgs(refused.act)).rejects.toThrow('No such room');
  expect(refused.acts()).toBe(1);
});
