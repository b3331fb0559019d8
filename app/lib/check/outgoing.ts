import { POINT_BYTES } from '../curve/grumpkin.ts';
import { MOST_BORDER_STEPS } from '../policy/limits.ts';
import { isAggregate, isCohorts, isJoined, isThreshold, type JoinedPolicy, type Policy } from '../policy/schema.ts';
import { CELLS } from '../protocol/plan.ts';

/** All that leaves a party's machine in a room, in words; nothing else does. */
export function whatLeaves(policy: Policy, identifiers: number): string[] {
  if (isAggregate(policy)) return WHAT_TALLIES_LEAVE;
  if (isThreshold(policy)) return WHAT_BANDS_LEAVE;
  if (isJoined(policy)) return whatJoinsLeave(policy, identifiers);
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

/** The same for rooms that join values. */
function whatJoinsLeave(policy: JoinedPolicy, identifiers: number): string[] {
  const { parties } = policy;
  const ciphertexts = `${identifiers} ciphertexts of ${2 * POINT_BYTES} bytes under this party’s own key, in the relay; their digest on chain`;
  const others = parties.length === 2 ? 'the other party’s list' : `the lists of the ${parties.length - 1} others`;
  return [
    'public keys of this room, each with a proof that its secret is held, on chain',
    'a commitment to rows and values, one salted hash of 32 bytes, on chain; another to the values in the order of the list',
    `the blinded list, ${identifiers} points of ${POINT_BYTES} bytes sorted so that their order tells nothing, in the relay; beside each, where this table names groups, the number of its group; its digest on chain`,
    isCohorts(policy)
      ? `where this table names groups, as many zeros as it has identifiers, ${ciphertexts}`
      : `of each released column of this table, and of its squares where the variance is released, ${ciphertexts}`,
    `${others}, blinded once more, in the relay`,
    ...(parties.length === 2
      ? []
      : ['which elements of others’ lists are in common, in an order that their owners cannot tell, in the relay']),
    'sums of another party’s ciphertexts over the elements in common, in the relay; their digest on chain',
    'a commitment to the totals of this table, one salted hash of 32 bytes, and which groups are open, on chain',
    `the totals of open groups, ${CELLS} numbers each hidden behind a mask for every other party, in the relay; their digest on chain`,
    'the figures that all masked totals together come to, in the relay; their digest and number of identifiers on chain',
    'zero-knowledge proofs of each step in the relay, their public inputs and digests on chain',
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

/** The same for rooms with a threshold. */
const WHAT_BANDS_LEAVE = [
  'public keys of this room, each with a proof that its secret is held, on chain',
  'a commitment to rows and values, one salted hash of 32 bytes, on chain',
  'a commitment to the sum of this table, one salted hash of 32 bytes, and whether it has at least k rows, on chain',
  'the sum of this table in whole units, encrypted under a key of which every party has a share, on chain',
  `for each border at most ${MOST_BORDER_STEPS} ciphertexts of ${2 * POINT_BYTES} bytes, in another order and multiplied by secret numbers, in the relay; their digest on chain`,
  'zero-knowledge proofs of each step in the relay, their public inputs and digests on chain',
  'the transactions that carry what is on chain, to the node',
];
