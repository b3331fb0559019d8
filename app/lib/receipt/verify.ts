/** Re-checks everything that a receipt claims. Needs no wallet; a node adds the comparison with the chain. */
import { fieldToHex, parseField, bytesToFields } from '../field/field.ts';
import { canonicalJson } from '../policy/canonical.ts';
import { CIRCUITS, type CircuitName } from '../protocol/context.ts';
import { proofDigest } from '../protocol/statement.ts';
import { parsePolicy, policyDigest, policySummary, policyTerms, type Policy } from '../policy/policy.ts';
import { circuitSourceDigest } from '../proof/circuit.ts';
import type { Verifier } from '../proof/verifier.ts';
import type { NodeConnection } from '../chain/node.ts';
import type { EventSelectors } from '../chain/log.ts';
import { replay } from '../room/replay.ts';
import { isAttested, type RoomView } from '../room/view.ts';
import type { LoggedEvent } from '../room/events.ts';
import { reportOutcome, type FiguresReport } from '../template/figures-report.ts';
import { outcomeReadingOf } from '../template/outcomes.ts';
import { receiptDigest } from './build.ts';
import type { ChainRecord } from './chain.ts';
import { governanceOf } from './governance.ts';
import { governanceMeaning, proofMeaning, srsMeaning, trustedBy } from './meaning.ts';
import { receiptSchema, type Receipt } from './schema.ts';

/** One thing that was looked at. */
export type Check = {
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'not checked';
  /** What it means, in plain words; why it failed or was not checked. */
  readonly detail: string;
};

/** What came of verifying a receipt. */
export type Verdict = {
  /** True only when no check failed and everything that a receipt alone can show was shown. */
  readonly verified: boolean;
  readonly result?: Receipt['result'];
  /** The result in words and figures, line by line; with a result. */
  readonly lines?: readonly string[];
  /** The figures by name, of a room that aggregates. */
  readonly figures?: FiguresReport;
  /** How much of the room was proven, as its policy says; with a result. */
  readonly proofMode?: Policy['proofMode'];
  /** Who took part, and how far deletion is: by the chain now, or by the receipt where no node was given. */
  readonly governance?: Receipt['governance'] & { readonly asOf: 'chain' | 'receipt' };
  readonly summary?: string;
  readonly checks: readonly Check[];
  /** What no receipt can show. */
  readonly trusted: readonly string[];
};

/** What a receipt is verified with. */
export type VerifyOptions = {
  /** A prover, or what verifies alone. */
  readonly prover: Verifier;
  /** What a circuit was made from; default: as the artifacts in this software's folder say. */
  readonly sourceDigest?: (name: CircuitName) => Promise<string>;
  readonly selectors: EventSelectors;
  /** Accept the development reference string, whose secret is public. Proofs under it prove nothing to a stranger. */
  readonly allowDevSrs?: boolean;
  /** Compare with the chain's own record. */
  readonly connection?: NodeConnection;
  readonly contractClassId?: ChainRecord['contractClassId'];
  /** Called as each check ends. */
  readonly onCheck?: (check: Check) => void;
};

/** Verifies a receipt, given as parsed JSON. Never throws for what the receipt holds: a failed check says what is wrong. */
export async function verifyReceipt(json: unknown, options: VerifyOptions): Promise<Verdict> {
  const checks: Check[] = [];
  const record = (check: Check): void => {
    checks.push(check);
    options.onCheck?.(check);
  };
  /** Makes a check, whose `meaning` is told where it passes; `act` may return what else it found out. */
  const attempt = async (
    title: string,
    meaning: string,
    act: () => string | void | Promise<string | void>,
  ): Promise<boolean> => {
    try {
      const found = await act();
      record({ title, status: 'passed', detail: found ?? meaning });
      return true;
    } catch (error) {
      record({ title, status: 'failed', detail: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };

  let receipt!: Receipt;
  const formed = await attempt(
    'Form',
    'The receipt has the published form and none of it was changed by accident.',
    () => {
      receipt = readForm(json);
    },
  );
  if (!formed) return { verified: false, checks, trusted: trustedBy() };

  await attempt('Reference string', srsMeaning(receipt), () => checkSrs(receipt, options));

  await attempt('Circuits', 'The room uses the circuits of this software, whose sources are public.', () =>
    checkCircuits(receipt, options),
  );

  let view: RoomView | undefined;
  const events = eventsOf(receipt);
  await attempt(
    'Room log',
    'Every step of the room was allowed when it was made: order, rights on record, keys, proofs of possession, decryption shares, digests.',
    () => {
      view = replayReceipt(receipt, options.selectors);
    },
  );
  if (!view) return { verified: false, checks, trusted: trustedBy(receipt) };
  const room = view;

  let policy: Policy | undefined;
  await attempt(
    'Policy',
    'The policy in the receipt is the one that every member approved and every proof is bound to.',
    () => {
      policy = policyOfReceipt(receipt, room);
    },
  );

  await attempt('Governance', governanceMeaning(receipt), () => checkGovernance(receipt, room));

  await attempt('Proofs at hand', 'Every proof that the result rests on is in the receipt, and no other.', () =>
    checkProofsAtHand(receipt, room),
  );
  for (const [i, { circuit, publicInputs, digest }] of room.proofs.entries()) {
    await attempt(`Proof ${i + 1} of ${room.proofs.length}: ${circuit}`, proofMeaning(circuit), async () => {
      const bytes = readProof(receipt.proofs[i], digest);
      if (!(await options.prover.verify(circuit, bytes, publicInputs))) throw new Error('The proof does not verify.');
    });
  }

  let lines: readonly string[] | undefined;
  await attempt('Result', 'The result is the one that the log releases.', () => {
    checkResult(receipt, room);
    lines = policy && outcomeReadingOf(room).outcomeLines(policy, receipt.result);
    return lines?.[0];
  });

  let now: RoomView | undefined;
  if (options.connection) {
    const chain = { ...options, connection: options.connection };
    // Loaded where there is a node to ask: it takes the network's libraries, which do not run in browsers as they are.
    const { compareWithChain, compareWithRegistry } = await import('./chain.ts');
    await attempt(
      'Chain',
      "The chain's own record of this room is the receipt's log, at a contract of this software's class.",
      async () => {
        now = await compareWithChain(receipt, events, chain);
      },
    );
    await attempt(
      'Template',
      'The registry that the contract is bound to has the template on record, with these circuits, approvals and fees.',
      () => compareWithRegistry(room, parseField(receipt.network.contract), chain),
    );
  } else {
    const unseen = 'No node was given, so the receipt was not compared with the chain.';
    record({
      title: 'Chain',
      status: 'not checked',
      detail: `${unseen} Transaction hashes and blocks are as stated.`,
    });
    record({ title: 'Template', status: 'not checked', detail: `${unseen} The template's id is as stated.` });
  }

  const trusted = trustedBy(receipt, isAttested(room));
  const summary = policy && policySummary(policy);
  if (checks.some(({ status }) => status === 'failed')) return { verified: false, summary, checks, trusted };
  const governance = { ...governanceOf(now ?? room), asOf: now ? ('chain' as const) : ('receipt' as const) };
  return {
    verified: true,
    result: receipt.result,
    lines,
    figures: policy && reportOutcome(policy, receipt.result),
    proofMode: policy?.proofMode,
    governance,
    summary,
    checks,
    trusted,
  };
}

/**
 * Reads a receipt from parsed JSON.
 * @throws Error when it is not of the published form, or was changed after it was made
 */
export function readForm(json: unknown): Receipt {
  const parsed = receiptSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`Not a receipt of version 2: ${issue.path.join('.') || 'the document'}: ${issue.message}`);
  }
  if (receiptDigest(parsed.data) !== parsed.data.digest) {
    throw new Error('The receipt was changed: its digest does not match.');
  }
  return parsed.data;
}

function checkSrs({ srs }: Receipt, { prover, allowDevSrs }: VerifyOptions): void {
  if (srs.kind === 'development' && !allowDevSrs) {
    throw new Error(
      'The proofs stand on the development reference string, whose secret is public: anyone could have forged them. ' +
        'Pass --allow-dev-srs to check them all the same.',
    );
  }
  if (srs.kind !== prover.srs.kind || srs.identity !== prover.srs.identity) {
    throw new Error(
      `The receipt was made under the reference string ${srs.kind} (${srs.identity}), here is ${prover.srs.kind} (${prover.srs.identity}).`,
    );
  }
}

async function checkCircuits(
  { circuits }: Receipt,
  { prover, sourceDigest = circuitSourceDigest }: VerifyOptions,
): Promise<void> {
  for (const [i, name] of CIRCUITS.entries()) {
    const claimed = circuits[i];
    if (claimed.name !== name) throw new Error('The circuits are not in their order.');
    if (claimed.sourceDigest !== (await sourceDigest(name))) {
      throw new Error(`Circuit ${name} was made from other sources than this software's.`);
    }
    if (parseField(claimed.keyHash) !== (await prover.verificationKey(name)).hash) {
      throw new Error(`Circuit ${name} has another verification key than this software computes.`);
    }
  }
}

function eventsOf({ events }: Receipt): LoggedEvent[] {
  return events.map((event) => ({ ...event, fields: event.fields.map(BigInt) }));
}

/**
 * The room that a receipt's log leads to.
 * @throws Error when a step was not allowed where it stands, or the log is not the one that the receipt names
 */
export function replayReceipt(receipt: Receipt, selectors: EventSelectors): RoomView {
  const { chainId, rollupVersion, contract } = receipt.network;
  const chain = {
    chainId: parseField(chainId),
    rollupVersion: parseField(rollupVersion),
    contract: parseField(contract),
  };
  const replayed = replay(eventsOf(receipt), chain, (name) => selectors.get(name)!);
  if (replayed.roomId !== parseField(receipt.roomId)) throw new Error('The log is of another room.');
  if (replayed.transcript !== parseField(receipt.transcript))
    throw new Error('The log does not lead to the transcript.');
  receipt.circuits.forEach(({ name, keyHash }, i) => {
    if (parseField(keyHash) !== replayed.circuits[i])
      throw new Error(`The room was created with another key for ${name}.`);
  });
  return replayed;
}

/**
 * The policy in a receipt.
 * @throws Error when it is not valid, or not the one that the room was created with
 */
export function policyOfReceipt(receipt: Receipt, room: RoomView): Policy {
  const stated = parsePolicy(receipt.policy);
  if (policyDigest(policyTerms(stated, room.terms.template)) !== room.terms.policy_digest) {
    throw new Error('The policy in the receipt is not the one that the room was created with.');
  }
  return stated;
}

/** Throws unless a receipt says of its parties what the log says. */
export function checkGovernance(receipt: Receipt, room: RoomView): void {
  if (canonicalJson(governanceOf(room)) !== canonicalJson(receipt.governance)) {
    throw new Error(
      'What the receipt says of slots, approvals, disputes, audits or deletion is not what the log says.',
    );
  }
}

/** Throws unless a receipt holds entries for exactly the proofs that its log announces. */
export function checkProofsAtHand({ proofs }: Receipt, room: RoomView): void {
  const announced = room.proofs.map(({ digest }) => fieldToHex(digest));
  if (announced.join() !== proofs.map(({ digest }) => digest).join()) {
    throw new Error('The proofs in the receipt are not those that the log announces.');
  }
}

/**
 * The bytes of a proof in a receipt. They are not verified.
 * @throws Error when they are missing, or not those whose digest is in the log
 */
export function readProof(entry: Receipt['proofs'][number] | undefined, digest: bigint): Uint8Array {
  if (!entry) throw new Error('This proof is missing.');
  const bytes = bytesOfBase64(entry.proof);
  if (!bytes) throw new Error('The proof is not in canonical base64.');
  if (proofDigest(bytesToFields(bytes, 'proof')) !== digest)
    throw new Error('The proof is not the one whose digest is in the log.');
  return bytes;
}

/** Decodes base64 with what both Node and browsers have; undefined where it is not the one form of its bytes. */
function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    const characters = atob(text);
    return btoa(characters) === text ? Uint8Array.from(characters, (each) => each.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}

/** Throws unless the result in a receipt is the one that its log releases. */
export function checkResult({ result }: Receipt, room: RoomView): void {
  if (!room.result) throw new Error(`The log ends with the room ${room.state}: it released nothing.`);
  outcomeReadingOf(room).checkOutcome(room, result);
}
