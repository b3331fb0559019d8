import { POINT_BYTES } from '../curve/grumpkin.ts';
import type { Policy } from '../policy/policy.ts';

/** All that leaves a party's machine in a room, in words; nothing else does. */
export function whatLeaves({ proofMode, parties }: Policy, identifiers: number): string[] {
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
