/** What the things are, in words, that a session sends away. */

/** Calls of the contracts, by contract and function. */
const CALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CleanRoom: {
    create_room: 'opening the room: policy terms and digest, commitments to its secrets',
    take_slot: 'taking the slot: public keys and their proofs',
    grant_role: 'granting a role: a commitment to it',
    grant_role_as_host: 'granting a role as host: a commitment to it',
    revoke_role: 'taking a role back',
    revoke_role_as_host: 'taking a role back as host',
    approve: 'approving the policy',
    approve_as: 'approving the policy for another slot',
    confirm_payment: 'proof that what is due is paid',
    commit_dataset: 'commitment to the data, with a proof that its rows keep the rules',
    attest_dataset: 'commitment to the data',
    post_blind: 'digest of the blinded list, with a proof',
    attest_blind: 'digest of the blinded list and sum of its points',
    post_hop: 'digest of a list that was passed on, with a proof',
    attest_hop: 'digest of a list that was passed on, with a proof about its sum',
    post_match: 'the encrypted count and whether it reaches k, with a proof',
    give_share: 'share of the decryption of the count',
    release: 'the count, with a proof',
    post_tally: 'commitment to the own sums, and in which groups there are at least k rows, with a proof',
    give_masked: 'digest of the masked sums, with a proof',
    release_figures: 'digest of the figures, with a proof',
    post_encrypted: 'digest of encrypted values of the own list, with a proof',
    post_returned: 'digest of what matched in a list before it was passed on, with a proof',
    post_selected: 'digest of encrypted sums over what matched in a list, with a proof',
    post_opened:
      'commitment to the own sums over what matched, and in which groups there are at least k rows, with a proof',
    post_part: 'the own part of the sum, encrypted under the key of all members, with a proof',
    post_mix: 'digest of shuffled distances to the steps below a border, with a proof',
    dispute: 'statement that the slot cannot go on',
    revoke: 'withdrawing consent',
    leave_out: 'letting the room go on without slots that are late',
    expire: 'ending a room that is late',
    cancel: 'cancelling the room',
    close: 'closing the room',
    record_audit: 'digest of an audit report',
    attest_deletion: 'digest of the list of deleted files',
  },
  RoomEscrow: {
    deposit: 'payment into the escrow',
    refund: 'taking a payment back from the escrow',
    claim: 'taking the share of the fee from the escrow',
    claim_slashed: 'taking a part of a forfeited stake from the escrow',
    pay_template: 'having author and treasury paid from the escrow',
  },
};

/** What a call of a contract is for. A call that has no words is told by its names. */
export function purposeOfCall(contract: string, method: string): string {
  return CALLS[contract]?.[method] ?? `call of ${contract}.${method}`;
}

/** How an encoded list begins: these bytes, a version, then slot and hop (app/lib/protocol/list.ts). */
const LIST = 'ZKCRLIST';
/** How a masked tally begins: these bytes, a version, then its slot (app/lib/protocol/masked.ts). */
const MASKED = 'ZKCRMASK';
/** How the figures of a room begin (app/lib/protocol/figures.ts). */
const FIGURES = 'ZKCRFIGS';
/** How an encrypted vector begins: these bytes, a version, then slot and vector (app/lib/protocol/encrypted.ts). */
const ENCRYPTED = 'ZKCRCRYP';
/** How a returned list begins: these bytes, a version, then list and hop (app/lib/protocol/returned.ts). */
const RETURNED = 'ZKCRBACK';
/** How selected sums begin: these bytes, a version, then list and vector (app/lib/protocol/selected.ts). */
const SELECTED = 'ZKCRSELE';

/** How a mix begins: these bytes, a version, then slot and border (app/lib/protocol/mix.ts). */
const MIXED = 'ZKCRMIXD';

/**
 * What a blob in the relay is.
 * @param name its name there: an on-chain digest begins with `0x`
 */
export function purposeOfBlob(name: string, blob: Uint8Array): string {
  if (!name.startsWith('0x')) return 'policy document';
  const kind = Buffer.from(blob.subarray(0, LIST.length)).toString('latin1');
  const [slot, second] = [blob[LIST.length + 1], blob[LIST.length + 2]];
  switch (kind) {
    case MASKED:
      return `masked sums of slot ${slot}`;
    case FIGURES:
      return 'released figures';
    case ENCRYPTED:
      return `encrypted values of slot ${slot}, vector ${second}`;
    case RETURNED:
      return `what matched in the list of slot ${slot} after ${hops(second)}`;
    case SELECTED:
      return `encrypted sums over what matched in the list of slot ${slot}, vector ${second}`;
    case MIXED:
      return `shuffled distances to the steps below border ${second}, by slot ${slot}`;
    case LIST:
      return second === 0 ? `blinded list of slot ${slot}` : `blinded list of slot ${slot} after ${hops(second)}`;
    default:
      return 'zero-knowledge proof';
  }
}

function hops(count: number): string {
  return `${count} hop${count === 1 ? '' : 's'}`;
}
