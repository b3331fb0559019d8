/**
 * The template "aggregate": sums over the rows of all members, group by group, and what follows from them. Nothing is joined:
 * every member tallies its own rows, masks the tally with keys that it shares with each other member, and the masks cancel out
 * in the sum (docs/protocol.md, section 8).
 */
import { tallyCells } from '../protocol/tally.ts';
import { committedDataset } from '../room/commit.ts';
import { aggregateOutcome } from './aggregate-outcome.ts';
import { figures, giveMasked, openSums, planOf, tally } from './sums.ts';
import type { Acting, Template } from './template.ts';

export const aggregate: Template = {
  name: 'aggregate',
  ...aggregateOutcome,
  // Everything that a member makes is kept on disk as it is made, and follows from its rows and keys.
  keepOwn: async () => {},
  // Every step is proven: there is nothing that only looking at would show.
  lookAt: async () => {},
  openBlobs: openSums,
  steps: { tally, mask, figures },
};

async function mask(acting: Acting): Promise<void> {
  const { session, view } = acting;
  await giveMasked(acting, tallyCells(await committedDataset(session, view), planOf(session.policy)));
}
