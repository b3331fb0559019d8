/** Proving a step chunk by chunk and posting the proofs: what committing, blinding, hopping and matching have in common. */
import { bytesToFields, fieldToHex } from '../field/field.ts';
import type { ProofJob } from '../proof/statements.ts';
import { circuitNumber } from '../protocol/context.ts';
import { proofDigest } from '../protocol/statement.ts';
import { ownSlot } from './acts.ts';
import { BLIND, CHUNK, DATASET, HOP, MATCH } from './events.ts';
import { chunksDone } from './next.ts';
import type { RoomView } from './replay.ts';
import { decode } from './schema.ts';
import type { Session } from './session.ts';
import { saveBlob } from './store.ts';

/** What each function of the contract takes as the statement of its step. */
const STATEMENTS = { commit_dataset: DATASET, post_blind: BLIND, post_hop: HOP, post_match: MATCH } as const;

/** Fields of a chunk, at the end of a proof's public inputs. */
const CHUNK_FIELDS = CHUNK.struct.length;

/**
 * Proves and posts the chunks of a step that are not on chain yet. Proofs go into the relay, under their digests.
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
  let txHash: string | undefined;
  for (let i = chunksDone(view, position); i < jobs.length; i++) {
    const { circuit, publicInputs } = jobs[i];
    report({ message: `proving ${circuit}`, done: i, total: jobs.length });
    const proof = await proveAndKeep(session, jobs[i]);
    const key = await prover.verificationKey(circuit);
    report({ message: `posting ${circuit}`, done: i, total: jobs.length });
    txHash = await contract.send(
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
  }
  return txHash;
}

/** Makes a proof and puts it into the relay under its digest on chain, after keeping a copy: a relay may lose it. */
export async function proveAndKeep({ home, room, relay, prover }: Session, job: ProofJob): Promise<Uint8Array> {
  const { proof } = await prover.prove(job.circuit, job.inputs, job.publicInputs);
  const name = fieldToHex(proofDigest(bytesToFields(proof, 'proof')));
  await saveBlob(home, room.roomId, name, proof);
  await relay.putNamed(name, proof);
  return proof;
}
