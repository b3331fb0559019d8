/** Proving a step and posting its proofs: what all steps that take chunks have in common, and all that take one proof. */
import { bytesToFields, fieldToHex } from '../field/field.ts';
import type { ProofJob } from '../proof/statements.ts';
import { circuitNumber } from '../protocol/context.ts';
import { proofDigest } from '../protocol/statement.ts';
import { ownSlot } from './acts.ts';
import type { AbiValue } from '../chain/contract.ts';
import {
  BLIND,
  CHUNK,
  DATASET,
  ENCRYPT,
  FIGURES,
  HOP,
  MASKED,
  MATCH,
  MIX,
  OPENED,
  PART,
  RELEASE,
  SELECT,
  TALLY,
} from './events.ts';
import { chunksDone } from './next.ts';
import type { RoomView } from './replay.ts';
import { decode } from './schema.ts';
import type { Progress, Session } from './session.ts';
import { saveBlob } from './store.ts';

/** What each function of the contract takes as the statement of its step. */
const STATEMENTS = {
  commit_dataset: DATASET,
  post_blind: BLIND,
  post_hop: HOP,
  post_match: MATCH,
  post_tally: TALLY,
  post_encrypted: ENCRYPT,
  post_returned: HOP,
  post_selected: SELECT,
} as const;

/** The same for functions that take a step's only proof. */
const WHOLE_STATEMENTS = {
  release: RELEASE,
  give_masked: MASKED,
  release_figures: FIGURES,
  post_opened: OPENED,
  post_part: PART,
  post_mix: MIX,
} as const;

/** Fields of a chunk, at the end of a proof's public inputs. */
const CHUNK_FIELDS = CHUNK.struct.length;

/**
 * Proves and posts the chunks of a step that are not on chain yet, each while the one before is on its way into a block.
 * Proofs go into the relay, under their digests.
 * @returns the hash of the last transaction; undefined where nothing was left to post
 */
export async function postChunks(
  session: Session,
  view: RoomView,
  position: number,
  method: keyof typeof STATEMENTS,
  jobs: readonly ProofJob[],
): Promise<string | undefined> {
  const { contract, room, report } = session;
  const prove = (i: number) => proveStep(session, jobs[i], { done: i, total: jobs.length });
  const post = async (i: number, { proof, key }: ProvenStep) => {
    const { circuit, publicInputs } = jobs[i];
    report({ message: `posting ${circuit}`, done: i, total: jobs.length });
    return contract.send(
      method,
      room.roomId,
      circuitNumber(circuit),
      ...(method === 'post_match' ? [ownSlot(room)] : []),
      decode(STATEMENTS[method], publicInputs.slice(0, -CHUNK_FIELDS), circuit),
      decode(CHUNK, publicInputs.slice(-CHUNK_FIELDS), `${circuit} chunk`),
      key.fields,
      key.hash,
      proof,
    );
  };
  const first = chunksDone(view, position);
  let txHash: string | undefined;
  let proving = first < jobs.length ? prove(first) : undefined;
  for (let i = first; proving; i++) {
    const proof = await proving;
    // A transaction waits for its block, and needs no core meanwhile.
    proving = i + 1 < jobs.length ? prove(i + 1) : undefined;
    try {
      txHash = await post(i, proof);
    } catch (error) {
      // The prover is let go of before anybody closes it.
      await Promise.allSettled([proving]);
      throw error;
    }
  }
  return txHash;
}

/**
 * Proves a step that takes one proof, and posts it.
 *
 * @param as.message what is reported while the transaction is under way
 * @param as.behindRoom what the function takes between the room's id and the statement
 * @param as.place which of how many like it the proof is; none where there is one
 */
export async function postProof(
  session: Session,
  method: keyof typeof WHOLE_STATEMENTS,
  job: ProofJob,
  as: { message: string; behindRoom?: readonly AbiValue[]; place?: Omit<Progress, 'message'> },
): Promise<void> {
  const { contract, room, report } = session;
  const { message, behindRoom = [], place } = as;
  const { key, proof } = await proveStep(session, job, place);
  report({ message });
  const statement = decode(WHOLE_STATEMENTS[method], job.publicInputs, job.circuit);
  await contract.send(method, room.roomId, ...behindRoom, statement, key.fields, key.hash, proof);
}

/** A proof that the relay has, and the key of its circuit, as the contract takes them. */
type ProvenStep = {
  readonly proof: bigint[];
  readonly key: Awaited<ReturnType<Session['prover']['verificationKey']>>;
};

/**
 * Makes a proof and puts it into the relay under its digest on chain, after keeping a copy: a relay may lose it.
 *
 * @param place which of how many proofs of its step it is; none where there is one
 */
async function proveStep(
  { home, room, relay, prover, report }: Session,
  { circuit, inputs, publicInputs }: ProofJob,
  place: Omit<Progress, 'message'> = {},
): Promise<ProvenStep> {
  report({ message: `proving ${circuit}`, ...place });
  const { proof: bytes } = await prover.prove(circuit, inputs, publicInputs);
  const proof = bytesToFields(bytes, 'proof');
  await keep({ home, room, relay }, proofDigest(proof), bytes);
  return { proof, key: await prover.verificationKey(circuit) };
}

/** Keeps a blob that this slot made, under its digest, on disk and, once it is open to the others, in the relay. */
export async function keep(
  { home, room, relay }: Pick<Session, 'home' | 'room' | 'relay'>,
  digest: bigint,
  blob: Uint8Array,
  open = true,
): Promise<void> {
  const name = fieldToHex(digest);
  await saveBlob(home, room.roomId, name, blob);
  if (open) await relay.putNamed(name, blob);
}
