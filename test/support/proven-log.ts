/** A room's log whose proofs are true, written as the contract would, without a network. */
import { bytesToFields, fieldToHex } from '../../app/lib/field/field.ts';
import { policyTerms, type Policy } from '../../app/lib/policy/policy.ts';
import type { Prover } from '../../app/lib/proof/prover.ts';
import type { ProofJob } from '../../app/lib/proof/statements.ts';
import { CIRCUITS, circuitNumber } from '../../app/lib/protocol/context.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { buildReceipt } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { Relay } from '../../app/lib/relay/relay.ts';
import { CHUNK } from '../../app/lib/room/events.ts';
import { replay } from '../../app/lib/room/replay.ts';
import { decode, type Layout } from '../../app/lib/room/schema.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';
import type { RoomView } from '../../app/lib/room/view.ts';
import { CHAIN, ROOM, RoomLog } from '../room/log.ts';

/** Events of steps that take proofs of chunks and name no slot beside their statement. */
type ChunkedName = 'DatasetProven' | 'TallyProven' | 'BlindProven' | 'HopProven';

/** A log that grows by steps whose proofs are made. */
export type ProvenLog = {
  readonly log: RoomLog;
  /** The room as its log has it so far. */
  view(): RoomView;
  /** Proves a job and keeps the proof; gives its digest. */
  prove(job: ProofJob): Promise<bigint>;
  /** Proves the chunks of a step, and adds an event for each. @param layout of the step's statement */
  addChunks(name: ChunkedName, layout: Layout, jobs: readonly ProofJob[]): Promise<void>;
  /** The same for a match, which a slot makes. */
  addMatch(slot: number, layout: Layout, jobs: readonly ProofJob[]): Promise<void>;
  /** Puts a blob into the relay. */
  keep(digest: bigint, blob: Uint8Array): void;
  /** The receipt, once there is a result. */
  receipt(): Promise<Receipt>;
};

/** Begins the log of a room under a policy, up to its members' approval. */
export async function beginProvenLog(policy: Policy, prover: Prover): Promise<ProvenLog> {
  const selectors = await eventSelectors();
  const blobs = new Map<string, Uint8Array>();
  const circuits: bigint[] = [];
  for (const name of CIRCUITS) circuits.push((await prover.verificationKey(name)).hash);
  const log = new RoomLog({ policy: policyTerms(policy, 4711n), circuits }).create();
  log.take(...log.members).approve(...log.members);
  const view = (): RoomView => replay(log.events, CHAIN, (name) => selectors.get(name)!);

  async function prove({ circuit, inputs, publicInputs }: ProofJob): Promise<bigint> {
    const { proof } = await prover.prove(circuit, inputs, publicInputs);
    const digest = proofDigest(bytesToFields(proof, 'proof'));
    blobs.set(fieldToHex(digest), proof);
    return digest;
  }

  const stepOf = async (layout: Layout, job: ProofJob) => ({
    room_id: ROOM,
    circuit: circuitNumber(job.circuit),
    statement: decode(layout, job.publicInputs.slice(0, -4), job.circuit) as never,
    chunk: decode(CHUNK, job.publicInputs.slice(-4), job.circuit),
    proof_digest: await prove(job),
  });

  return {
    log,
    view,
    prove,
    async addChunks(name, layout, jobs) {
      for (const job of jobs) log.add(name, await stepOf(layout, job));
    },
    async addMatch(slot, layout, jobs) {
      for (const job of jobs) log.add('MatchProven', { ...(await stepOf(layout, job)), slot });
    },
    keep: (digest, blob) => void blobs.set(fieldToHex(digest), blob),
    receipt() {
      const { chainId, rollupVersion, contract } = CHAIN;
      const source = {
        connection: { info: { chainId, rollupVersion, provesTransactions: false } },
        contract: { address: contract },
        relay: { getNamed: async (name: string) => blobs.get(name)! } as Relay,
        prover,
        policy,
      };
      return buildReceipt(source, view(), log.events);
    },
  };
}
