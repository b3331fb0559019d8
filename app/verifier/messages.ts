/** What a page and its verifying worker say to each other. */
import type { Check } from '../lib/receipt/verify.ts';
import type { ReceiptReport } from './report.ts';

/** To the worker: verify the bytes of a receipt's file. `room` is the one that it was asked for under. */
export type VerifyRequest = { readonly job: number; readonly bytes: Uint8Array; readonly room?: string };

/** A circuit that the app was built with. */
export type BuiltIn = { readonly name: string; readonly keyHash: string; readonly sourceDigest: string };

/** What the verifier was built with. */
export type VerifierFacts = {
  readonly srs: { readonly kind: 'ignition' | 'development'; readonly identity: string };
  readonly circuits: readonly BuiltIn[];
};

/** From the worker. From `ready` on it needs no network. */
export type VerifierNews =
  | { readonly kind: 'ready'; readonly facts: VerifierFacts }
  | { readonly kind: 'check'; readonly job: number; readonly check: Check }
  | { readonly kind: 'report'; readonly job: number; readonly report: ReceiptReport }
  | { readonly kind: 'broken'; readonly reason: string };
