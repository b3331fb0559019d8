/** What a room's log says of who took part and with which right, as receipts repeat it for people. */
import { fieldToHex } from '../field/field.ts';
import type { RoomView } from '../room/view.ts';
import type { Receipt } from './schema.ts';

/** The governance of a room, in a receipt's form. */
export function governanceOf(view: RoomView): Receipt['governance'] {
  const { due, attested, complete, deadline } = view.deletion;
  return {
    slots: view.slots.map((record, slot) => ({
      slot,
      standing: view.leftOut.find((left) => left.slot === slot)?.reason ?? 'member',
      approvals: (record?.approvals ?? []).map(({ tag, grant }) => ({
        tag: fieldToHex(tag),
        grant: grant === 0n ? null : fieldToHex(grant),
      })),
      paid: record?.paid ?? false,
    })),
    disputed: view.progress.disputed,
    audits: view.audits.map(({ slot, grant, reportDigest }) => ({
      slot,
      grant: fieldToHex(grant),
      reportDigest: fieldToHex(reportDigest),
    })),
    deletion: { due: [...due], attested: [...attested], complete, deadline: deadline.toString() },
  };
}
