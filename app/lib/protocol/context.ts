import { FIELD_MODULUS, readUint256 } from '../field/field.ts';
import { Domain, hash } from '../field/poseidon2.ts';
import { ProtocolError, assertSlot, assertSlots } from './errors.ts';

/** Everything that makes one room different from every other; all of it goes into the room context. */
export type RoomIdentity = Readonly<{
  chainId: bigint;
  rollupVersion: bigint;
  /** Address of the room contract, as a field element. */
  contract: bigint;
  roomId: bigint;
  policyDigest: bigint;
  circuitsDigest: bigint;
}>;

/** Rows per chunk of the `dataset` circuits. */
export const DATASET_SIZES = [32, 512] as const;
/** One of them. */
export type DatasetSize = (typeof DATASET_SIZES)[number];

/** Elements per chunk of all other chunked circuits. */
export const CHUNK_SIZES = [32, 256] as const;
/** One of them. */
export type ChunkSize = (typeof CHUNK_SIZES)[number];

/** Elements of each border in the circuits `mix`. */
export const MIX_SIZES = [16, 192] as const;
/** One of them. */
export type MixSize = (typeof MIX_SIZES)[number];

/** Numbers of members that the circuits `match` and `release` exist for. */
export type MemberCount = 2 | 3 | 4 | 5;

/** Name of a circuit; `match` and `release` end with the number of members. */
export type CircuitName =
  | `dataset_${DatasetSize}`
  | `blind_${ChunkSize}`
  | `hop_${ChunkSize}`
  | `match_${ChunkSize}_${MemberCount}`
  | `release_${MemberCount}`
  | `tally_${ChunkSize}`
  | 'masked'
  | 'figures'
  | `encrypt_${ChunkSize}`
  | `select_${ChunkSize}`
  | 'opened'
  | `blind_values_${ChunkSize}`
  | 'part'
  | `mix_${MixSize}`;

/**
 * The circuits in the order in which their verification keys are hashed. A circuit's place here is its number in the
 * contract and in receipts.
 */
export const CIRCUITS = [
  'dataset_32',
  'dataset_512',
  'blind_32',
  'blind_256',
  'hop_32',
  'hop_256',
  'match_32_2',
  'match_32_3',
  'match_32_4',
  'match_32_5',
  'match_256_2',
  'match_256_3',
  'match_256_4',
  'match_256_5',
  'release_2',
  'release_3',
  'release_4',
  'release_5',
  'tally_32',
  'tally_256',
  'masked',
  'figures',
  'encrypt_32',
  'encrypt_256',
  'select_32',
  'select_256',
  'opened',
  'blind_values_32',
  'blind_values_256',
  'part',
  'mix_16',
  'mix_192',
] as const satisfies readonly CircuitName[];

/** The circuit that proves that rows keep the template's rules. */
export function datasetCircuit(size: DatasetSize): CircuitName {
  return `dataset_${size}`;
}

/** The circuit that proves a blinded list without labels. */
export function blindCircuit(size: ChunkSize): CircuitName {
  return `blind_${size}`;
}

/** The circuit that proves a blinded list with its labels, and its values behind a commitment, in rooms that join values. */
export function blindValuesCircuit(size: ChunkSize): CircuitName {
  return `blind_values_${size}`;
}

/** The circuit that proves a hop. */
export function hopCircuit(size: ChunkSize): CircuitName {
  return `hop_${size}`;
}

/** The circuit that proves the encrypted count of a room's `members` (a number of them). */
export function matchCircuit(size: ChunkSize, members: number): CircuitName {
  return `match_${size}_${assertMemberCount(members)}`;
}

/** The circuit that proves the opened count of a room's `members` (a number of them). */
export function releaseCircuit(members: number): CircuitName {
  return `release_${assertMemberCount(members)}`;
}

/** The circuit that proves the tally of a slot's rows. */
export function tallyCircuit(size: ChunkSize): CircuitName {
  return `tally_${size}`;
}

/** The circuit that proves a vector's ciphertexts. */
export function encryptCircuit(size: ChunkSize): CircuitName {
  return `encrypt_${size}`;
}

/** The circuit that proves a vector's sums over the elements that matched. */
export function selectCircuit(size: ChunkSize): CircuitName {
  return `select_${size}`;
}

/** The circuit that proves a mix of so many elements. */
export function mixCircuit(size: MixSize): CircuitName {
  return `mix_${size}`;
}

/** A circuit's number: its place in CIRCUITS. */
export function circuitNumber(name: CircuitName): number {
  return CIRCUITS.indexOf(name);
}

function assertMemberCount(members: number): MemberCount {
  return assertSlots(members, 'members') as MemberCount;
}

/** The room context (hash 1): the field element that ties every proof, list and signature to one room. */
export function roomContext(identity: RoomIdentity): bigint {
  const { chainId, rollupVersion, contract, roomId, policyDigest, circuitsDigest } = identity;
  return hash(Domain.roomContext, [chainId, rollupVersion, contract, roomId, policyDigest, circuitsDigest]);
}

/** The circuits digest (hash 14) of the verification key hashes of all circuits. */
export function circuitsDigest(keyHashes: Readonly<Record<CircuitName, bigint>>): bigint {
  return hash(
    Domain.circuitsDigest,
    CIRCUITS.map((name) => {
      const keyHash = keyHashes[name];
      if (keyHash === undefined) throw new ProtocolError(`the verification key hash of circuit ${name} is missing`);
      return keyHash;
    }),
  );
}

/** What stands on chain for an invitation (hash 13): whoever knows the secret may take the slot. */
export function inviteCommitment(roomId: bigint, slot: number, secret: bigint): bigint {
  return hash(Domain.inviteCommitment, [roomId, BigInt(assertSlot(slot)), secret]);
}

/** A fresh uniform field element from the system's random source: room ids and invite secrets. */
export function randomField(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(64));
  return ((readUint256(bytes, 0) << 256n) | readUint256(bytes, 32)) % FIELD_MODULUS;
}
