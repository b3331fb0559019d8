/**
 * Drives one slot through the steps that need no decision: the rest of a dataset's proof, and those of the room's template.
 *
 * The engine keeps no state of its own: what is to be done follows from the chain, what it does follows from the slot's
 * seed. A party that is killed at any moment goes on from the chain's state and makes the same messages again.
 */
import { bytesToFields, fieldToHex } from '../field/field.ts';
import { ContractRefusal } from '../chain/contract.ts';
import { proofDigest } from '../protocol/statement.ts';
import { BlobCorrupt, BlobMissing, RelayError, type Relay } from '../relay/relay.ts';
import { templateOf } from '../template/registry.ts';
import type { Acting, Memory, StepOf, Template, TemplateStep } from '../template/template.ts';
import { checkTerms, ownSlot } from './acts.ts';
import { finishCommitment } from './commit.ts';
import { confirmPayment, PaymentMissing } from './money.ts';
import { nextStep, type NextStep } from './next.ts';
import { readRoom, type Session } from './session.ts';
import { loadBlob } from './store.ts';
import type { RoomView } from './view.ts';

/** Steps that wait for the party's word, money or data. */
export type Decision = 'take-slot' | 'approve' | 'pay' | 'commit';

/** What one turn of the engine came to. */
export type Turn =
  | { readonly outcome: 'acted'; readonly step: NextStep }
  | { readonly outcome: 'waiting'; readonly on: string }
  | { readonly outcome: 'decision'; readonly step: Decision }
  | { readonly outcome: 'finished'; readonly view: RoomView };

/** The memory of a session that begins. */
export function newMemory(): Memory {
  return { checked: new Set() };
}

/** Does this slot's next step, if there is one that needs no decision. */
export async function takeTurn(session: Session, memory: Memory): Promise<Turn> {
  const { view } = await readOwnRoom(session);
  const slot = ownSlot(session.room);
  const step = nextStep(view, slot);
  const template = templateOf(view);
  const acting = { session, view, memory, slot };
  const joined = view.members.includes(slot) && (view.state === 'joining' || view.state === 'sharing');
  try {
    if (joined) {
      await checkTerms(view, session.policy, session.prover);
      await template.keepOwn(acting);
    }
    if (memory.restored !== view.transcript) await restoreBlobs(session, view);
    memory.restored = view.transcript;
    if (joined) {
      await checkProofs(session, view, memory.checked);
      await template.lookAt(acting, step);
    }
    switch (step.kind) {
      case 'finished':
        return { outcome: 'finished', view };
      case 'wait':
        return { outcome: 'waiting', on: step.on };
      case 'take-slot':
      case 'approve':
      case 'commit':
        return { outcome: 'decision', step: step.kind };
      case 'confirm-payment':
        await confirmPayment(session, view);
        break;
      case 'prove-dataset':
        await finishCommitment(session, view);
        break;
      default:
        await makeStep(template, acting, step);
    }
  } catch (error) {
    if (error instanceof PaymentMissing) return { outcome: 'decision', step: 'pay' };
    if (error instanceof BlobMissing) return { outcome: 'waiting', on: `a blob in the relay: ${error.message}` };
    if (error instanceof BlobCorrupt)
      throw new BlobCorrupt(`${error.message}, which its "room run" does`, { cause: error });
    // A transaction sent just before a crash may land in the meantime: then the step is done, and the refusal says so.
    if (!(error instanceof ContractRefusal)) throw error;
    const { view: now } = await readOwnRoom(session);
    if (now.transcript === view.transcript) throw error;
  }
  return { outcome: 'acted', step };
}

/** Makes a step of the room's template. */
async function makeStep({ name, steps }: Template, acting: Acting, step: StepOf<TemplateStep>): Promise<void> {
  const make = steps[step.kind] as ((acting: Acting, step: StepOf<TemplateStep>) => Promise<void>) | undefined;
  if (!make) throw new Error(`Rooms of the template "${name}" have no step "${step.kind}".`);
  await make(acting, step);
}

function readOwnRoom(session: Session): Promise<{ view: RoomView }> {
  return readRoom({ ...session, contract: session.contract.address }, session.room.roomId);
}

/** How {@link run} waits and stops. */
export type RunOptions = { readonly pollMilliseconds?: number; readonly signal?: AbortSignal };

/** Takes turns until the room is over or a decision is due. */
export async function run(session: Session, options: RunOptions = {}): Promise<Turn> {
  const memory = newMemory();
  let said = '';
  for (;;) {
    options.signal?.throwIfAborted();
    const turn = await takeTurn(session, memory);
    if (turn.outcome === 'decision' || turn.outcome === 'finished') return turn;
    if (turn.outcome === 'waiting') {
      if (turn.on !== said) session.report({ message: `waiting for ${turn.on}` });
      said = turn.on;
      await new Promise((resolve) => setTimeout(resolve, options.pollMilliseconds ?? 1000));
    }
  }
}

/**
 * Verifies every proof that the log announces and that was not verified before. A network that does not prove its
 * transactions has not looked at any of them.
 */
export async function checkProofs(
  { relay, prover, report }: Pick<Session, 'relay' | 'prover' | 'report'>,
  view: RoomView,
  checked: Set<string>,
): Promise<void> {
  for (const { circuit, publicInputs, digest } of view.proofs) {
    const name = fieldToHex(digest);
    if (checked.has(name)) continue;
    report({ message: `checking a proof of circuit ${circuit}` });
    const proof = await relay.getNamed(name);
    if (!isProofOf(digest, proof)) {
      throw new BlobCorrupt(
        `the relay's blob ${name} is not the proof whose digest is on chain: its maker has to store it again`,
      );
    }
    if (!(await prover.verify(circuit, proof, publicInputs))) {
      throw new Error(
        `A proof of circuit ${circuit} on chain does not verify (digest ${name}). Withdraw consent: a party cheats.`,
      );
    }
    checked.add(name);
  }
}

function isProofOf(digest: bigint, blob: Uint8Array): boolean {
  try {
    return proofDigest(bytesToFields(blob, 'proof')) === digest;
  } catch {
    return false; // another length, or elements that are none
  }
}

/**
 * Puts what this slot made for a room into the relay wherever that does not hold it, or holds something else; of the lists
 * those that are open.
 */
export async function restoreBlobs(
  { home, room, relay }: Pick<Session, 'home' | 'room' | 'relay'>,
  view: RoomView,
): Promise<void> {
  for (const digest of [...view.proofs.map((proof) => proof.digest), ...templateOf(view).openBlobs(view)]) {
    const name = fieldToHex(digest);
    const kept = await loadBlob(home, room.roomId, name);
    if (kept && !(await holds(relay, name, kept))) await relay.putNamed(name, kept);
  }
}

async function holds(relay: Relay, name: string, blob: Uint8Array): Promise<boolean> {
  try {
    return Buffer.compare(await relay.getNamed(name), blob) === 0;
  } catch (error) {
    if (error instanceof RelayError) return false;
    throw error;
  }
}
