/** Proving a step chunk by chunk and posting the proofs: what committing, blinding, hopping and matching have in common. */
import { bytesToFields, fieldToHex } from '../field/field.ts';
import type { ProofJob } from '../proof/statements.ts';
import { circuitNumber } from '../protocol/context.ts';
import { proofDigest } from '../protocol/statement.ts';
import { ownSlot } from './acts.ts';
import { BLIND, CHUNK, DATASET, HOP, MATCH, TALLY } from './events.ts';
import { chunksDone } from './next.ts';
import type { RoomView } from './replay.ts';
import { decode } from './schema.ts';
import type { Session } from './session.ts';
import { saveBlob } from './store.ts';

/** What each function of the contract takes as the statement of its step. */
const STATEMENTS = {
  commit_dataset: DATASET,
  post_blind: BLIND,
  post_hop: HOP,
  post_match: MATCH,
  post_tally: TALLY,
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
  const { contract, room, prover, report } = session;
  const prove = (i: number) => {
    report({ message: `proving ${jobs[i].circuit}`, done: i, total: jobs.length });
    return proveAndKeep(session, jobs[i]);
  };
  const post = async (i: number, proof: Uint8Array) => {
    const { circuit, publicInputs } = jobs[i];
    const key = await prover.verificationKey(circuit);
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
      bytesToFields(proof, 'proof'),
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

/** Makes a proof and puts it into the relay under its digest on chain, after keeping a copy: a relay may lose it. */
export async function proveAndKeep({ home, room, relay, prover }: Session, job: ProofJob): Promise<Uint8Array> {
  const { proof } = await prover.prove(job.circuit, job.inputs, job.publicInputs);
  await keep({ home, room, relay }, proofDigest(bytesToFields(proof, 'proof')), proof);
  return proof;
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
