/** The receipt: one JSON document per room, from which a stranger checks the room's result. Published in docs/. */
import { z } from 'zod';
import { CIRCUITS } from '../protocol/context.ts';
import { MAX_SLOTS, MIN_SLOTS } from '../protocol/errors.ts';
import { FIGURES } from '../protocol/figures.ts';
import { EVENTS, type EventName } from '../room/events.ts';
import { HOST_SLOT } from '../room/grant.ts';

export { MAX_RECEIPT_BYTES } from './limits.ts';

const field = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, { error: 'must be a field element: 0x and 64 lower-case hex digits' });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256: 64 lower-case hex digits' });
const eventName = z.enum(Object.keys(EVENTS) as [EventName, ...EventName[]]);

const slot = z
  .int()
  .min(0)
  .max(MAX_SLOTS - 1);

const governance = z.strictObject({
  slots: z
    .array(
      z.strictObject({
        slot,
        standing: z
          .enum(['member', 'late', 'withdrew'])
          .describe('Whether the slot took part to the end, missed a deadline, or withdrew its consent.'),
        approvals: z
          .array(
            z.strictObject({
              tag: field.describe('One for each account, and nobody else can tell whose.'),
              grant: field.nullable().describe("The approver's grant; null where the slot's own account approved."),
            }),
          )
          .max(2),
        paid: z.boolean().describe('Whether the slot has proven that what was due from it lay in escrow.'),
      }),
    )
    .min(MIN_SLOTS)
    .max(MAX_SLOTS),
  disputed: z.boolean().describe('Whether a member stated that it could not go on.'),
  audits: z
    .array(z.strictObject({ slot: slot.or(z.literal(HOST_SLOT)), grant: field, reportDigest: field }))
    .max(100_000)
    .describe('Digests of audit reports; slot 255 stands for the host.'),
  deletion: z
    .strictObject({
      due: z.array(slot).max(MAX_SLOTS),
      attested: z.array(slot).max(MAX_SLOTS),
      complete: z.boolean(),
      deadline: z
        .string()
        .regex(/^(0|[1-9][0-9]{0,19})$/)
        .describe('Seconds since the epoch.'),
    })
    .describe('How far the members have attested that they deleted what they received.'),
});

/** Version 2 of the receipt. Unknown members are refused: nothing unverified rides along. */
export const receiptSchema = z.strictObject({
  kind: z.literal('zk-clean-room-receipt'),
  version: z.literal(2),
  network: z.strictObject({
    chainId: field,
    rollupVersion: field,
    contract: field,
    provesTransactions: z.boolean().describe('Whether the network itself checked the proofs of transactions.'),
  }),
  roomId: field,
  policy: z.unknown().describe('The policy document (docs/policy.schema.json).'),
  srs: z.strictObject({
    kind: z.enum(['ignition', 'development']),
    identity: z.string().max(200),
  }),
  circuits: z
    .array(z.strictObject({ name: z.enum(CIRCUITS), keyHash: field, sourceDigest: sha256 }))
    .length(CIRCUITS.length),
  events: z
    .array(
      z.strictObject({
        name: eventName,
        fields: z.array(field).max(200),
        txHash: z.string().regex(/^0x[0-9a-f]{64}$/),
        block: z.int().min(1),
      }),
    )
    .min(1)
    .max(100_000)
    .describe("The room's whole log, in the chain's order; fields as the contract emitted them."),
  transcript: field.describe("The contract's running digest over these events."),
  proofs: z
    .array(z.strictObject({ digest: field, proof: z.base64().describe('500 field elements of 32 bytes.') }))
    .max(100_000)
    .describe('The proofs that the log announces, in its order; without those of slots that left the room.'),
  governance: governance.describe('Who took part and with which right, as the log says when the receipt is written.'),
  result: z.union([
    z.strictObject({ suppressed: z.literal(true) }),
    z.strictObject({
      suppressed: z.literal(false),
      count: z
        .int()
        .min(0)
        .describe('Identifiers in common, rows behind the figures, or borders that the sum reaches.'),
      figures: z
        .array(field)
        .length(FIGURES)
        .optional()
        .describe('All figures of a room that aggregates, in the order of docs/protocol.md, section 8.'),
    }),
  ]),
  digest: sha256.describe('SHA-256 of the canonical JSON (RFC 8785) of this document without this member.'),
});

/** A receipt of the published form. */
export type Receipt = z.output<typeof receiptSchema>;

/** The JSON schema of receipts, as `docs/receipt.schema.json` holds it. */
export function receiptJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(receiptSchema);
  return { $schema, title: 'zk Clean Room receipt, version 2', ...schema };
}
