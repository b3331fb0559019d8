/** Re-checks everything that a receipt claims. Needs no wallet; a node adds the comparison with the chain. */
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { fieldToHex, parseField, bytesToFields } from '../field/field.ts';
import { CIRCUITS } from '../protocol/context.ts';
import { proofDigest } from '../protocol/statement.ts';
import { parsePolicy, policyDigest, policySummary, policyTerms } from '../policy/policy.ts';
import { circuitSourceDigest } from '../proof/circuit.ts';
import type { Prover } from '../proof/prover.ts';
import type { NodeConnection } from '../chain/node.ts';
import { readTranscript, type EventSelectors } from '../chain/log.ts';
import { readRoomEvents } from '../room/session.ts';
import { replay, type RoomView } from '../room/replay.ts';
import type { LoggedEvent } from '../room/events.ts';
import { receiptDigest } from './build.ts';
import { receiptSchema, type Receipt } from './schema.ts';

/** One thing that was looked at. */
export type Check = {
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'not checked';
  /** What it means, in plain words; why it failed or was not checked. */
  readonly detail: string;
};

export type Verdict = {
  /** True only when no check failed and everything that a receipt alone can show was shown. */
  readonly verified: boolean;
  readonly result?: Receipt['result'];
  readonly summary?: string;
  readonly checks: readonly Check[];
  /** What no receipt can show. */
  readonly trusted: readonly string[];
};

export type VerifyOptions = {
  readonly prover: Prover;
  readonly selectors: EventSelectors;
  /** Accept the development reference string, whose secret is public. Proofs under it prove nothing to a stranger. */
  readonly allowDevSrs?: boolean;
  /** Compare with the chain's own record. */
  readonly connection?: NodeConnection;
  /** Class id of the contract as compiled and processed here; the chain's instance must be of this class. */
  readonly contractClassId?: () => Promise<bigint>;
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
  const attempt = async (title: string, meaning: string, act: () => void | Promise<void>): Promise<boolean> => {
    try {
      await act();
      record({ title, status: 'passed', detail: meaning });
      return true;
    } catch (error) {
      record({ title, status: 'failed', detail: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };
  const finish = (view?: RoomView, receipt?: Receipt, summary?: string): Verdict => {
    const verified = view !== undefined && checks.every(({ status }) => status !== 'failed');
    return { verified, result: verified ? receipt?.result : undefined, summary, checks, trusted: trustedBy(receipt) };
  };

  let receipt!: Receipt;
  const formed = await attempt(
    'Form',
    'The receipt has the published form and none of it was changed by accident.',
    () => {
      const parsed = receiptSchema.safeParse(json);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new Error(`Not a receipt of version 1: ${issue.path.join('.') || 'the document'}: ${issue.message}`);
      }
      receipt = parsed.data;
      if (receiptDigest(receipt) !== receipt.digest)
        throw new Error('The receipt was changed: its digest does not match.');
    },
  );
  if (!formed) return finish();

  await attempt('Reference string', srsMeaning(receipt), () => checkSrs(receipt, options));

  await attempt('Circuits', 'The room uses the circuits of this software, whose sources are public.', async () => {
    for (const [i, name] of CIRCUITS.entries()) {
      const claimed = receipt.circuits[i];
      if (claimed.name !== name) throw new Error('The circuits are not in their order.');
      if (claimed.sourceDigest !== (await circuitSourceDigest(name))) {
        throw new Error(`Circuit ${name} was made from other sources than this software's.`);
      }
      if (parseField(claimed.keyHash) !== (await options.prover.verificationKey(name)).hash) {
        throw new Error(`Circuit ${name} has another verification key than this software computes.`);
      }
    }
  });

  let view: RoomView | undefined;
  const events: LoggedEvent[] = receipt.events.map((event) => ({ ...event, fields: event.fields.map(BigInt) }));
  await attempt(
    'Room log',
    'Every step of the room was allowed when it was made: order, keys, proofs of possession, decryption shares, digests.',
    () => {
      const { chainId, rollupVersion, contract } = receipt.network;
      const chain = {
        chainId: parseField(chainId),
        rollupVersion: parseField(rollupVersion),
        contract: parseField(contract),
      };
      const replayed = replay(events, chain, (name) => options.selectors.get(name)!);
      if (replayed.roomId !== parseField(receipt.roomId)) throw new Error('The log is of another room.');
      if (replayed.transcript !== parseField(receipt.transcript))
        throw new Error('The log does not lead to the transcript.');
      receipt.circuits.forEach(({ name, keyHash }, i) => {
        if (parseField(keyHash) !== replayed.circuits[i])
          throw new Error(`The room was created with another key for ${name}.`);
      });
      view = replayed;
    },
  );
  if (!view) return finish(undefined, receipt);
  const room = view;

  let summary: string | undefined;
  await attempt(
    'Policy',
    'The policy in the receipt is the one that every slot approved and every proof is bound to.',
    () => {
      const policy = parsePolicy(receipt.policy);
      if (policyDigest(policyTerms(policy)) !== room.terms.policy_digest) {
        throw new Error('The policy in the receipt is not the one that the room was created with.');
      }
      summary = policySummary(policy);
    },
  );

  const proofs = receipt.proofs;
  await attempt('Proofs at hand', 'Every proof that the log announces is in the receipt, and no other.', () => {
    const announced = room.proofs.map(({ digest }) => fieldToHex(digest));
    if (announced.join() !== proofs.map(({ digest }) => digest).join()) {
      throw new Error('The proofs in the receipt are not those that the log announces.');
    }
  });
  for (const [i, { circuit, publicInputs, digest }] of room.proofs.entries()) {
    await attempt(`Proof ${i + 1} of ${room.proofs.length}: ${circuit}`, MEANING[circuit.split('_')[0]], async () => {
      const entry = proofs[i];
      if (!entry) throw new Error('This proof is missing.');
      const bytes = Uint8Array.from(Buffer.from(entry.proof, 'base64'));
      if (Buffer.from(bytes).toString('base64') !== entry.proof)
        throw new Error('The proof is not in canonical base64.');
      if (proofDigest(bytesToFields(bytes, 'proof')) !== digest)
        throw new Error('The proof is not the one whose digest is in the log.');
      if (!(await options.prover.verify(circuit, bytes, publicInputs))) throw new Error('The proof does not verify.');
    });
  }

  await attempt('Result', resultMeaning(receipt), () => {
    if (!room.result) throw new Error(`The log ends with the room ${room.state}: it released nothing.`);
    const { result } = receipt;
    const same = result.suppressed
      ? room.result.suppressed
      : !room.result.suppressed && room.result.count === result.count;
    if (!same) throw new Error('The result in the receipt is not the one that the log releases.');
  });

  if (options.connection) {
    await attempt(
      'Chain',
      "The chain's own record of this room is the receipt's log, at a contract of this software's class.",
      () => compareWithChain(receipt, events, options, options.connection!),
    );
  } else {
    record({
      title: 'Chain',
      status: 'not checked',
      detail:
        'No node was given, so the receipt was not compared with the chain. Transaction hashes and blocks are as stated.',
    });
  }
  return finish(room, receipt, summary);
}

const MEANING: Record<string, string> = {
  blind: 'A list was made from exactly the committed rows, without duplicates, within the policy’s row limits.',
  hop: 'A list was passed on with nothing added, dropped or replaced.',
  match:
    'The encrypted figure is the number of identifiers that all lists share, and whether it reaches k is stated truly.',
  release: 'The released figure is what the encryption holds, opened with every slot’s share, and it reaches k.',
};

function srsMeaning({ srs }: Receipt): string {
  return srs.kind === 'ignition'
    ? 'The proofs stand on the public Ignition ceremony’s reference string.'
    : 'The proofs stand on the DEVELOPMENT reference string, whose secret is public: they convince nobody who was not there.';
}

function resultMeaning({ result }: Receipt): string {
  return result.suppressed
    ? 'The overlap lies below the policy’s k and was not opened by anyone.'
    : `The overlap is ${result.count}.`;
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

async function compareWithChain(
  receipt: Receipt,
  events: readonly LoggedEvent[],
  options: VerifyOptions,
  connection: NodeConnection,
): Promise<void> {
  const { info, node } = connection;
  const contract = parseField(receipt.network.contract);
  if (
    info.chainId !== parseField(receipt.network.chainId) ||
    info.rollupVersion !== parseField(receipt.network.rollupVersion)
  ) {
    throw new Error('The node belongs to another network than the receipt names.');
  }
  if (info.provesTransactions !== receipt.network.provesTransactions) {
    throw new Error('The receipt says otherwise than the node whether transactions are proven.');
  }
  const instance = await node.getContract(AztecAddress.fromBigInt(contract));
  if (!instance) throw new Error('The chain knows no contract at the address in the receipt.');
  if (options.contractClassId && instance.currentContractClassId.toBigInt() !== (await options.contractClassId())) {
    throw new Error("The contract at the address in the receipt is not of this software's class.");
  }
  const roomId = parseField(receipt.roomId);
  const logged = await readRoomEvents({ connection, selectors: options.selectors, contract }, roomId);
  if (!logged) throw new Error('The contract knows no such room.');
  const later = logged.slice(events.length);
  // Closing a room after its receipt was written changes nothing about its result.
  if (later.some(({ name }) => name !== 'RoomEnded'))
    throw new Error('The chain has steps of this room that the receipt lacks.');
  events.forEach((event, i) => {
    const { name, fields, txHash, block } = logged[i] ?? {};
    if (
      name !== event.name ||
      txHash !== event.txHash ||
      block !== event.block ||
      fields?.join() !== event.fields.join()
    ) {
      throw new Error(`Step ${i + 1} of the receipt's log (${event.name}) is not what the chain has.`);
    }
  });
  if (later.length === 0 && (await readTranscript(node, contract, roomId)) !== parseField(receipt.transcript)) {
    throw new Error("The contract's transcript of this room is not the receipt's.");
  }
}

function trustedBy(receipt?: Receipt): string[] {
  const trusted = [
    'Each party’s rows are what it says they are: a commitment makes it stick to one story, not to the truth.',
  ];
  if (receipt && !receipt.network.provesTransactions) {
    trusted.push(
      'This network does not check proofs of transactions, so the contract’s own checks were made by the node alone; the proofs in this receipt were re-checked here.',
    );
  }
  return trusted;
}
