/** Receipts: making them, and verifying every proof of theirs. Node only. */
export * from './receipt-form.ts';
export { contractClassId } from '../chain/artifact.ts';
export { openProver, type Prover, type ProverOptions, type ProverSrs } from '../proof/prover.ts';
export { openVerifier, type KnownCircuit, type KnownCircuits, type Verifier } from '../proof/verifier.ts';
export { DEFAULT_NUM_POINTS, loadSrs, type Srs, type SrsKind, type SrsOptions } from '../proof/srs.ts';
export { buildReceipt, type ReceiptSource } from '../receipt/build.ts';
export { verifyReceipt, type Check, type Verdict, type VerifyOptions } from '../receipt/verify.ts';
