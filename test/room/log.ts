/**
 * Writes logs of rooms as the contract would, without one: every event is made from the protocol's own values, with true
 * keys, proofs of possession, ciphertext and shares; digests of proofs and lists are made up, since a replay takes them as
 * they are. In an attested room sums of lists are made up where nothing binds them, at hop 0, and true from there on. Events are
 * made and added in two steps, so that tests can change one in between.
 */
import { mul, mulGenerator, splitScalar, type Point } from '../../app/lib/curve/grumpkin.ts';
import { CIRCUITS, circuitsDigest, roomContext, type CircuitName } from '../../app/lib/protocol/context.ts';
import { proveHopSums } from '../../app/lib/protocol/dleq.ts';
import { encrypt, type Ciphertext } from '../../app/lib/protocol/elgamal.ts';
import { deriveKeys, roomKey } from '../../app/lib/protocol/keys.ts';
import { KeyPurpose, proveKey, type SigmaProof } from '../../app/lib/protocol/schnorr.ts';
import { makeShare } from '../../app/lib/protocol/share.ts';
import { eventPayload, extendTranscript } from '../../app/lib/protocol/transcript.ts';
import { policyDigest, ProofMode, type PolicyTerms } from '../../app/lib/policy/terms.ts';
import { EVENTS, type EventName, type EventOf, type LoggedEvent } from '../../app/lib/room/events.ts';
import { replay } from '../../app/lib/room/replay.ts';
import type { RoomState, RoomView } from '../../app/lib/room/view.ts';
import { encode, type Layout } from '../../app/lib/room/schema.ts';

export const CHAIN = { chainId: 31337n, rollupVersion: 4n, contract: 0xc0ffeen };
export const ROOM = 99n;
const HOST = 255;
const CIRCUIT_KEYS = CIRCUITS.map((_, i) => 1000n + BigInt(i));

/** What an event holds. */
export type Value<N extends EventName> = Omit<EventOf<N>, 'name'>;

/** The proof modes, by their names. */
export type Mode = keyof typeof ProofMode;
export const MODES = Object.keys(ProofMode) as Mode[];

export type RoomOptions = {
  mode?: Mode;
  slots?: number;
  minSlots?: number;
  approvals?: number;
  k?: number;
  fees?: Partial<PolicyTerms['fees']>;
  /** Digest of a plan, and contributors, of a room that aggregates or joins values. */
  plan?: bigint;
  contributors?: number;
  /** Vectors, and 1 + the slot that names groups, of a room that joins values. */
  vectors?: bigint;
  naming?: number;
  /** Digest of the bands of a room that tells them. */
  bands?: bigint;
  /** Other terms than made-up ones, in their place. */
  policy?: PolicyTerms;
  /** Verification key hashes, in the place of made-up ones. */
  circuits?: bigint[];
};

/** Events that slots sign for, once there is the last of them. */
const SIGNED_FOR: readonly EventName[] = ['MatchProven', 'TallyProven', 'TallyOpened', 'PartGiven'];

/** The selector of an event in these tests: any numbers that differ will do. */
export const selectorOf = (name: EventName): bigint => BigInt(Object.keys(EVENTS).indexOf(name) + 1);

export const seedOf = (slot: number) => new Uint8Array(32).fill(slot + 1);
/** A slot's keys in every room of these tests. */
const KEYS = new Map<number, ReturnType<typeof deriveKeys>>();
export function keysOf(slot: number): ReturnType<typeof deriveKeys> {
  const known = KEYS.get(slot) ?? deriveKeys(seedOf(slot));
  KEYS.set(slot, known);
  return known;
}

/** A proof in the fields of an event: the challenge, and the response in two halves. */
export const sigma = ({ e, s }: SigmaProof): [bigint, bigint, bigint] => {
  const { lo, hi } = splitScalar(s);
  return [e, lo, hi];
};
/** Values over members, and `rest` beyond them. */
export const padded = <T>(values: readonly T[], rest: T): T[] => Array.from({ length: 5 }, (_, i) => values[i] ?? rest);

export class RoomLog {
  readonly events: LoggedEvent[] = [];
  readonly slots: number;
  readonly creation: Value<'RoomCreated'>;
  /** Slots that the test has left in the room. */
  members: number[];
  private ciphertext?: Ciphertext;

  constructor(options: RoomOptions = {}) {
    this.creation = creationOf(options);
    this.slots = this.creation.terms.slots;
    this.members = Array.from({ length: this.slots }, (_, slot) => slot);
  }

  get context(): bigint {
    return this.creation.terms.context;
  }

  get attested(): boolean {
    return this.creation.terms.proof_mode === ProofMode.attested;
  }

  /** Adds an event, in a block and transaction of its own. */
  add<N extends EventName>(name: N, value: Value<N>): this {
    const block = this.events.length + 1;
    const txHash = `0x${block.toString(16).padStart(64, '0')}`;
    this.events.push({ name, fields: encode(EVENTS[name] as Layout, value as never), block, txHash });
    return this;
  }

  replay(): RoomView {
    return replay(this.events, CHAIN, selectorOf);
  }

  // ------------------------------------------------------------------------------------------- events, true ones

  taken(slot: number): Value<'SlotTaken'> {
    const { context } = this;
    const keys = keysOf(slot);
    const [decryption, blinding] = [keys.decryptionPublic, keys.blindingPublic];
    const proof = (purpose: KeyPurpose, key: typeof decryption, secret: bigint) =>
      sigma(proveKey({ context, slot, purpose, key }, secret, seedOf(slot)));
    return {
      room_id: ROOM,
      slot,
      keys: {
        decryption_x: decryption.x,
        decryption_y: decryption.y,
        blinding_x: blinding.x,
        blinding_y: blinding.y,
      },
      decryption_proof: proof(KeyPurpose.decryption, decryption, keys.decryption),
      blinding_proof: proof(KeyPurpose.blinding, blinding, keys.blinding),
    };
  }

  approval(slot: number, tag = 500n + BigInt(slot), grant = 0n): Value<'PolicyApproved'> {
    return { room_id: ROOM, slot, policy_digest: this.creation.terms.policy_digest, tag, grant };
  }

  dataset(slot: number, chunk = chunkOf(0, true)): Value<'DatasetProven'> {
    const { min_rows, max_rows, rules } = this.creation.terms;
    const statement = { context: this.context, slot, dataset: datasetOf(slot), min_rows, max_rows, rules };
    return { room_id: ROOM, circuit: numberOf('dataset_32'), statement, chunk, proof_digest: 8000n + BigInt(slot) };
  }

  blind(slot: number, chunk = chunkOf(0, true)): Value<'BlindProven'> {
    const { x: key_x, y: key_y } = keysOf(slot).blindingPublic;
    const dataset = datasetOf(slot);
    const { plan, naming, vectors } = this.creation.terms;
    const joins = vectors !== 0n;
    const statement = {
      ...{ context: this.context, slot, key_x, key_y, dataset, list_digest: listOf(slot, 0) },
      ...{ values: joins ? valuesOf(slot) : 0n, plan: naming === slot + 1 ? plan : 0n },
    };
    const circuit = numberOf(joins ? 'blind_values_32' : 'blind_32');
    return { room_id: ROOM, circuit, statement, chunk, proof_digest: 8100n + BigInt(slot) };
  }

  hop(list: number, hop: number, chunk = chunkOf(0, true)): Value<'HopProven'> {
    const slot = this.turn(list, hop);
    const { x: key_x, y: key_y } = keysOf(slot).blindingPublic;
    const [input_digest, output_digest] = [listOf(list, hop - 1), listOf(list, hop)];
    const statement = { context: this.context, slot, list, hop, key_x, key_y, input_digest, output_digest };
    const proof_digest = 8200n + BigInt(list * 8 + hop);
    return { room_id: ROOM, circuit: numberOf('hop_32'), statement, chunk, proof_digest };
  }

  attestedDataset(slot: number): Value<'DatasetAttested'> {
    return { room_id: ROOM, slot, dataset: datasetOf(slot) };
  }

  attestedBlind(slot: number): Value<'ListAttested'> {
    const statement = {
      context: this.context,
      slot,
      list: slot,
      hop: 0,
      digest: listOf(slot, 0),
      sum: this.sum(slot, 0),
    };
    return { room_id: ROOM, statement, proof: [0n, 0n, 0n] };
  }

  attestedHop(list: number, hop: number): Value<'ListAttested'> {
    const { context } = this;
    const slot = this.turn(list, hop);
    const { blinding, blindingPublic: key } = keysOf(slot);
    const [base, image] = [this.sum(list, hop - 1), this.sum(list, hop)];
    const proof = sigma(proveHopSums({ context, slot, list, hop, key, base, image }, blinding, seedOf(slot)));
    return { room_id: ROOM, statement: { context, slot, list, hop, digest: listOf(list, hop), sum: image }, proof };
  }

  /** The slot that makes a hop of a list. */
  turn(list: number, hop: number): number {
    const { members } = this;
    return members[(members.indexOf(list) + hop) % members.length];
  }

  /** Sum of a list's points: made up before any hop, and multiplied by the key of each slot that it passed. */
  sum(list: number, hop: number): Point {
    const first = mulGenerator(900n + BigInt(list));
    return Array.from({ length: hop }, (_, i) => this.turn(list, i + 1)).reduce(
      (point, slot) => mul(point, keysOf(slot).blinding),
      first,
    );
  }

  match(count: number, slot = this.members[0], chunk = chunkOf(0, true)): Value<'MatchProven'> {
    const { members } = this;
    const key = roomKey(members.map((member) => keysOf(member).decryptionPublic));
    const { c1, c2 } = (this.ciphertext = encrypt(count, 123_456_789n, key));
    const { k } = this.creation.terms;
    const statement = {
      context: this.context,
      slots: padded(members, 0),
      lists: padded(
        members.map((list) => listOf(list, members.length - 1)),
        0n,
      ),
      returned: padded(
        members.map((list) => returnedOf(list, members.length - 1)),
        0n,
      ),
      merged_digest: 4321n,
      room_key_x: key.x,
      room_key_y: key.y,
      c1_x: c1.x,
      c1_y: c1.y,
      c2_x: c2.x,
      c2_y: c2.y,
      k,
      meets_k: count >= k,
    };
    const circuit = numberOf(`match_32_${members.length}` as CircuitName);
    return { room_id: ROOM, circuit, slot, statement, chunk, proof_digest: 8300n };
  }

  share(slot: number): Value<'ShareGiven'> {
    const { decryption, decryptionPublic } = keysOf(slot);
    const ciphertext = this.ciphertext!;
    const { context } = this;
    const { share, proof } = makeShare({
      context,
      slot,
      decryption,
      decryptionPublic,
      ciphertext,
      seed: seedOf(slot),
    });
    const [challenge, response_low, response_high] = sigma(proof);
    return { room_id: ROOM, slot, share, challenge, response_low, response_high, transcript: this.matchTranscript() };
  }

  /** The transcript right after the last match, tally or part: what a slot signs for with what it shares. */
  matchTranscript(): bigint {
    const last = this.events.findLastIndex(({ name }) => SIGNED_FOR.includes(name));
    return this.events
      .slice(0, last + 1)
      .reduce((before, { name, fields }) => extendTranscript(before, selectorOf(name), eventPayload(fields)), 0n);
  }

  release(count: number, slot = this.members[0]): Value<'ResultReleased'> {
    const { members } = this;
    const { c1, c2 } = this.ciphertext!;
    const none = { x: 0n, y: 0n };
    const statement = {
      context: this.context,
      slots: padded(members, 0),
      keys: padded(
        members.map((member) => keysOf(member).decryptionPublic),
        none,
      ),
      c1,
      c2,
      shares: padded(
        members.map((member) => this.share(member).share),
        none,
      ),
      k: this.creation.terms.k,
      count,
    };
    return { room_id: ROOM, slot, statement, proof_digest: 8400n };
  }

  ended(state: number, slot = HOST, at_fault = 0): Value<'RoomEnded'> {
    return { room_id: ROOM, state, slot, at_fault };
  }

  // ------------------------------------------------------------------------------------------------- whole phases

  create(): this {
    return this.add('RoomCreated', this.creation);
  }

  take(...slots: number[]): this {
    for (const slot of slots) this.add('SlotTaken', this.taken(slot));
    return this;
  }

  approve(...slots: number[]): this {
    for (const slot of slots) {
      for (let i = 0; i < this.creation.terms.approvals; i++) {
        this.add('PolicyApproved', this.approval(slot, 500n + BigInt(slot + 10 * i)));
      }
    }
    return this;
  }

  pay(...slots: number[]): this {
    if (this.creation.terms.escrow === 0n) return this;
    for (const slot of slots) this.add('PaymentConfirmed', { room_id: ROOM, slot });
    return this;
  }

  commit(...slots: number[]): this {
    for (const slot of slots) {
      if (this.attested) this.add('DatasetAttested', this.attestedDataset(slot));
      else this.add('DatasetProven', this.dataset(slot));
    }
    return this;
  }

  blindBy(...slots: number[]): this {
    for (const slot of slots) {
      if (this.attested) this.add('ListAttested', this.attestedBlind(slot));
      else this.add('BlindProven', this.blind(slot));
    }
    return this;
  }

  pass(list: number, hop: number): this {
    if (this.attested) return this.add('ListAttested', this.attestedHop(list, hop));
    return this.add('HopProven', this.hop(list, hop));
  }

  blindAll(): this {
    return this.blindBy(...this.members);
  }

  hopAll(): this {
    for (let hop = 1; hop < this.members.length; hop++) {
      for (const list of this.members) this.pass(list, hop);
    }
    return this;
  }

  shareAll(): this {
    for (const slot of this.members) this.add('ShareGiven', this.share(slot));
    return this;
  }

  /** Leaves out all but `members`, as anyone can when the deadline has passed. */
  leaveOut(...members: number[]): this {
    this.members = members;
    return this.add('SlotsLeftOut', { room_id: ROOM, active: members.reduce((mask, slot) => mask | (1 << slot), 0) });
  }

  withdraw(slot: number): this {
    this.members = this.members.filter((member) => member !== slot);
    return this.add('ConsentWithdrawn', { room_id: ROOM, slot });
  }
}

/** Chunks of a step whose states are made up: state i is 70 + i, and the first starts from nothing. */
export function chunkOf(index: number, last: boolean): Value<'BlindProven'>['chunk'] {
  return { index, last, state_before: index === 0 ? 0n : 70n + BigInt(index), state_after: 71n + BigInt(index) };
}

/** The log of a room in which every member did every step, up to a state. */
export function roomIn(state: RoomState, options: RoomOptions = {}, count = 7): RoomLog {
  const log = new RoomLog(options).create();
  const { members } = log;
  if (state === 'inviting') return log;
  log.take(...members);
  if (state === 'approving') return log;
  log.approve(...members);
  if (state === 'committing') return log;
  log.pay(...members).commit(...members);
  if (state === 'joining') return log;
  return finishFrom(log, state, count);
}

/** Goes on from joining, up to a state. */
export function finishFrom(log: RoomLog, state: RoomState, count = 7): RoomLog {
  log.blindAll().hopAll().add('MatchProven', log.match(count));
  if (state === 'sharing') return log;
  log.shareAll().add('ResultReleased', log.release(count));
  return state === 'closed' ? log.add('RoomEnded', log.ended(7)) : log;
}

/** A number of a circuit, as events name it. */
export function numberOf(name: CircuitName): number {
  return CIRCUITS.indexOf(name);
}

/** Made-up commitments and list digests, the same in both proof modes. */
export const datasetOf = (slot: number): bigint => 600n + BigInt(slot);
export const listOf = (list: number, hop: number): bigint => 700n + BigInt(list * 8 + hop);
export const valuesOf = (slot: number): bigint => 650n + BigInt(slot);
export const returnedOf = (list: number, hop: number): bigint => listOf(8 + list, hop);

/** A valid point that is nobody's. */
export const STRAY_POINT = mulGenerator(987_654_321n);

/** Terms and policy of a room, and what the contract computes from them. */
function creationOf({
  slots = 3,
  minSlots = 2,
  approvals = 1,
  k = 3,
  fees = {},
  circuits = CIRCUIT_KEYS,
  mode = 'succinct',
  plan = 0n,
  contributors = 0,
  vectors = 0n,
  naming = 0,
  bands = 0n,
  policy = {
    document_high: 11n,
    document_low: 12n,
    template: 13n,
    slots,
    min_slots: minSlots,
    k,
    min_rows: 5,
    max_rows: 32,
    rules: 14n,
    proof_mode: ProofMode[mode],
    plan,
    contributors,
    vectors,
    naming,
    bands,
    fees: { token: 0n, fee: 0n, payer: 0, stake: 0n, shares: [0, 0, 0, 0, 0], ...fees },
  },
}: RoomOptions): Value<'RoomCreated'> {
  const { template, min_rows, max_rows, rules, proof_mode } = policy;
  return derived({
    room_id: ROOM,
    policy,
    circuits,
    invites: padded(
      Array.from({ length: policy.slots }, (_, slot) => 300n + BigInt(slot)),
      0n,
    ),
    terms: {
      context: 0n,
      policy_digest: 0n,
      host_commitment: 15n,
      template,
      escrow: policy.fees.fee + policy.fees.stake === 0n ? 0n : 16n,
      slots: policy.slots,
      min_slots: policy.min_slots,
      k: policy.k,
      min_rows,
      max_rows,
      rules,
      proof_mode,
      plan: policy.plan,
      contributors: policy.contributors,
      vectors: policy.vectors,
      naming: policy.naming,
      bands: policy.bands,
      approvals,
      payer: policy.fees.payer,
      staked: policy.fees.stake !== 0n,
      deadlines: { invite: 100n, approve: 200n, commit: 300n, join: 400n, share: 500n, retention: 600n },
    },
  });
}

/** A creation with the digest and the context that belong to its policy. */
export function derived(creation: Value<'RoomCreated'>): Value<'RoomCreated'> {
  const { policy, circuits } = creation;
  const digest = policyDigest(policy);
  const context = roomContext({
    ...CHAIN,
    roomId: creation.room_id,
    policyDigest: digest,
    circuitsDigest: circuitsDigest(
      Object.fromEntries(CIRCUITS.map((name, i) => [name, circuits[i]])) as Record<CircuitName, bigint>,
    ),
  });
  return { ...creation, terms: { ...creation.terms, policy_digest: digest, context } };
}
