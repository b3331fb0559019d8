import { POINT_BYTES } from '../curve/grumpkin.ts';
import { isAggregate, type Policy } from '../policy/policy.ts';
import { CELLS } from '../protocol/plan.ts';

/** All that leaves a party's machine in a room, in words; nothing else does. */
export function whatLeaves(policy: Policy, identifiers: number): string[] {
  if (isAggregate(policy)) return WHAT_TALLIES_LEAVE;
  const { proofMode, parties } = policy;
  const others = parties.length === 2 ? 'the other party’s list' : `the lists of the ${parties.length - 1} others`;
  const points = `${identifiers} points of ${POINT_BYTES} bytes`;
  return [
    'public keys of this room, each with a proof that its secret is held, on chain',
    'a commitment to the identifiers, one salted hash of 32 bytes, on chain',
    `the blinded list, ${points} sorted so that their order tells nothing, in the relay; its digest${proofMode === 'attested' ? ' and sum' : ''} on chain`,
    `${others}, blinded once more, in the relay`,
    proofMode === 'attested'
      ? 'proofs and signatures: of hops, match and release; proofs of match and release also in the relay'
      : 'zero-knowledge proofs of each step in the relay, their public inputs and digests on chain',
    'a decryption share of the count, with its proof, on chain; none where the count lies below k',
    'the transactions that carry what is on chain, to the node',
  ];
}

/** The same for rooms that aggregate. */
const WHAT_TALLIES_LEAVE = [
  'public keys of this room, each with a proof that its secret is held, on chain',
  'a commitment to rows and values, one salted hash of 32 bytes, on chain',
  'a commitment to the totals of this table, one salted hash of 32 bytes, and which groups have at least k of its rows, on chain',
  `the totals of open groups, ${CELLS} numbers each hidden behind a mask for every other party, in the relay; their digest on chain`,
  'the figures that all masked totals together come to, in the relay; their digest and number of rows on chain',
  'zero-knowledge proofs of each step in the relay, their public inputs and digests on chain',
  'the transactions that carry what is on chain, to the node',
];
