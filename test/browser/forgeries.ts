/** Ways to forge a receipt. Each is sealed again, as a forger would, unless it says otherwise. */
import { bytesToFields, fieldsToBytes, fieldToHex } from '../../app/lib/field/field.ts';
import { proofDigest } from '../../app/lib/protocol/statement.ts';
import { eventPayload, extendTranscript } from '../../app/lib/protocol/transcript.ts';
import { receiptDigest } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import type { EventSelectors } from '../../app/lib/room/selectors.ts';

/** A forgery: what it is, which check has to refuse it, and why it says so. */
export type Forgery = {
  readonly what: string;
  readonly check: string;
  readonly reason: RegExp;
  /** The text of the forged file. */
  readonly make: (receipt: Receipt, selectors: EventSelectors) => string;
};

function sealed(change: (draft: Receipt, selectors: EventSelectors) => Receipt): Forgery['make'] {
  return (receipt, selectors) => {
    const draft = change(structuredClone(receipt), selectors);
    return JSON.stringify({ ...draft, digest: receiptDigest(draft) });
  };
}

/** Changes the elements of the last proof, and makes log, transcript and digests fit. */
function withFalseProof(
  receipt: Receipt,
  selectors: EventSelectors,
  change: (elements: readonly bigint[]) => bigint[],
): Receipt {
  const last = receipt.proofs.at(-1)!;
  const proof = change(bytesToFields(Buffer.from(last.proof, 'base64'), 'proof'));
  const digest = fieldToHex(proofDigest(proof));
  const events = receipt.events.map((event) => ({
    ...event,
    fields: event.fields.map((field) => (field === last.digest ? digest : field)),
  }));
  const transcript = events.reduce(
    (before, { name, fields }) => extendTranscript(before, selectors.get(name)!, eventPayload(fields.map(BigInt))),
    0n,
  );
  const forged = { digest, proof: Buffer.from(fieldsToBytes(proof)).toString('base64') };
  return { ...receipt, events, transcript: fieldToHex(transcript), proofs: receipt.proofs.with(-1, forged) };
}

/** A circuit of a receipt with something else about it. */
const withCircuit = (receipt: Receipt, changes: Partial<Receipt['circuits'][number]>): Receipt => ({
  ...receipt,
  circuits: receipt.circuits.with(0, { ...receipt.circuits[0], ...changes }),
});

/** A receipt of a room that aggregates and opened something, with another figure. */
function withFigure(receipt: Receipt): Receipt {
  if (receipt.result.suppressed) throw new Error('nothing was opened');
  return { ...receipt, result: { ...receipt.result, figures: receipt.result.figures!.with(3, fieldToHex(999n)) } };
}

export const FORGERIES: readonly Forgery[] = [
  {
    what: 'half of the file',
    check: 'Form',
    reason: /not JSON text/,
    make: (receipt) => JSON.stringify(receipt).slice(0, 100_000),
  },
  {
    what: 'a word more than the form knows',
    check: 'Form',
    reason: /Not a receipt of version 2/,
    make: (receipt) => JSON.stringify({ ...receipt, note: 'trust me' }),
  },
  {
    what: 'another count, not sealed',
    check: 'Form',
    reason: /digest does not match/,
    make: (receipt) => JSON.stringify({ ...receipt, result: { ...receipt.result, count: 9 } }),
  },
  {
    what: 'the ceremony’s name on development proofs',
    check: 'Reference string',
    reason: /The receipt was made under the reference string ignition/,
    make: sealed((receipt) => ({ ...receipt, srs: { ...receipt.srs, kind: 'ignition' } })),
  },
  {
    what: 'a circuit of other sources',
    check: 'Circuits',
    reason: /was made from other sources/,
    make: sealed((receipt) => withCircuit(receipt, { sourceDigest: '0'.repeat(64) })),
  },
  {
    what: 'another verification key',
    check: 'Circuits',
    reason: /has another verification key/,
    make: sealed((receipt) => withCircuit(receipt, { keyHash: fieldToHex(7n) })),
  },
  {
    what: 'a step less',
    check: 'Room log',
    reason: /transcript|released nothing/,
    make: sealed((receipt) => ({ ...receipt, events: receipt.events.slice(0, -1) })),
  },
  {
    what: 'another purpose',
    check: 'Policy',
    reason: /not the one that the room was created with/,
    make: sealed((receipt) => ({
      ...receipt,
      policy: { ...(receipt.policy as object), purpose: 'Anything else that somebody wants' },
    })),
  },
  {
    what: 'deletion that nobody attested',
    check: 'Governance',
    reason: /not what the log says/,
    make: sealed((receipt) => ({
      ...receipt,
      governance: {
        ...receipt.governance,
        deletion: { ...receipt.governance.deletion, due: [], attested: [0, 1], complete: true },
      },
    })),
  },
  {
    what: 'a proof less',
    check: 'Proofs at hand',
    reason: /not those that the log announces/,
    make: sealed((receipt) => ({ ...receipt, proofs: receipt.proofs.slice(1) })),
  },
  {
    what: 'a proof in the place of another',
    check: 'Proof 2 of 7: dataset_32',
    reason: /not the one whose digest is in the log/,
    make: sealed((receipt) => ({
      ...receipt,
      proofs: receipt.proofs.with(1, { ...receipt.proofs[1], proof: receipt.proofs[0].proof }),
    })),
  },
  {
    what: 'a false proof, with everything around it made to fit',
    check: 'Proof 7 of 7: figures',
    reason: /The proof does not verify/,
    make: sealed((receipt, selectors) =>
      withFalseProof(receipt, selectors, (elements) => elements.with(100, elements[100] ^ 1n)),
    ),
  },
  {
    what: 'zeros for a proof, which stop the WASM that checks it, with everything around them made to fit',
    check: 'Proof 7 of 7: figures',
    reason: /The proof does not verify/,
    make: sealed((receipt, selectors) => withFalseProof(receipt, selectors, (elements) => elements.map(() => 0n))),
  },
  {
    what: 'another figure',
    check: 'Result',
    reason: /not those that the log releases/,
    make: sealed(withFigure),
  },
];
