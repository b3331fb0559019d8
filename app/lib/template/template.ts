/** What a room's template does between the last commitment and the result; everything before and after is the same for all. */
import type { Policy } from '../policy/policy.ts';
import type { Relay } from '../relay/relay.ts';
import type { NextStep } from '../room/next.ts';
import type { Session } from '../room/session.ts';
import type { RoomView } from '../room/view.ts';

/** What turns of one session need not do again. */
export type Memory = {
  /** Names of the proofs that were verified, and of other blobs that were looked at. */
  readonly checked: Set<string>;
  /** Transcript of the room when the own blobs were last seen in the relay. */
  restored?: bigint;
};

/** A member's turn in a room that is joining or sharing. */
export type Acting = {
  readonly session: Session;
  readonly view: RoomView;
  readonly memory: Memory;
  /** The member's slot. */
  readonly slot: number;
};

/** Kinds of the steps that templates make. */
export type TemplateStep = Exclude<
  NextStep['kind'],
  'finished' | 'wait' | 'take-slot' | 'approve' | 'commit' | 'confirm-payment' | 'prove-dataset'
>;

/** A step of a template, with what it is about. */
export type StepOf<Kind extends TemplateStep> = NextStep & { readonly kind: Kind };

/** What a room came to, as receipts state it. */
export type Outcome =
  | { readonly suppressed: true }
  | {
      readonly suppressed: false;
      /** Identifiers in common, rows behind the figures, or borders that a sum reaches. */
      readonly count: number;
      /** All figures of a room that aggregates, as field elements in hexadecimal; docs/protocol.md, section 8. */
      readonly figures?: string[];
    };

/** How an analysis' outcomes are read. Nothing of it acts, so that receipts are read in browsers, too. */
export type OutcomeReading = {
  /** What a room with a result came to. Throws where the relay no longer holds what it takes. */
  readonly outcome: (view: RoomView, relay: Relay) => Promise<Outcome>;
  /** Refuses an outcome that is not the one on record. */
  readonly checkOutcome: (view: RoomView, outcome: Outcome) => void;
  /** The outcome in words and figures, line by line. */
  readonly outcomeLines: (policy: Policy, outcome: Outcome) => readonly string[];
};

/** An analysis: one file each in this folder, listed in registry.ts. */
export type Template = OutcomeReading & {
  /** The analyses that it makes, for messages. */
  readonly name: string;
  /** Sees to it that the blobs which this member made are on its disk, from which they are put back into the relay. */
  readonly keepOwn: (acting: Acting) => Promise<void>;
  /** Looks at what others made and no proof shows, before `step`. Throws where a party cheats. */
  readonly lookAt: (acting: Acting, step: NextStep) => Promise<void>;
  /** Digests of the blobs, besides proofs, that belong into the relay by now. */
  readonly openBlobs: (view: RoomView) => readonly bigint[];
  /** Makes each step that rooms of this template have. */
  readonly steps: { readonly [Kind in TemplateStep]?: (acting: Acting, step: StepOf<Kind>) => Promise<void> };
};
