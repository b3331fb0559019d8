/** A room's whole history as plain JSON, for auditors: what happened, in words and in values, and where on the chain. */
import { fieldToHex } from '../field/field.ts';
import { CIRCUITS } from '../protocol/context.ts';
import { decodeEvent, EVENTS, type EventName, type LoggedEvent, type RoomEvent } from './events.ts';
import { HOST_SLOT, ROLES } from './grant.ts';
import type { Layout } from './schema.ts';
import { RETURNED } from '../protocol/returned.ts';
import { slotsOf, STATES } from './view.ts';

/** Values of an event: field elements as `0x` and 64 digits, whole numbers in decimal digits, both as text. */
export type AuditValue = string | boolean | readonly AuditValue[] | { readonly [name: string]: AuditValue };

/** One event of a room. */
export type AuditEntry = {
  /** Its place in the room's history, from 1. */
  readonly step: number;
  readonly event: EventName;
  /** What happened, in plain words. */
  readonly text: string;
  readonly block: number;
  readonly transaction: string;
  readonly values: AuditValue;
};

/**
 * The history that a room's events tell, in the chain's order. It is not checked against the rules of a room: `replay` does that.
 *
 * @param labels names of the parties, by slot, for the sentences
 * @throws when an event is not of its layout
 */
export function auditLog(events: readonly LoggedEvent[], labels: readonly string[] = []): AuditEntry[] {
  return events.map((logged, i) => {
    const text = sentence(decodeEvent(logged), labels);
    const { name: event, block, txHash: transaction, fields } = logged;
    return { step: i + 1, event, text, block, transaction, values: valuesOf(EVENTS[event], fields) };
  });
}

/** The values of a layout, from fields that were decoded by it before. */
function valuesOf(layout: Layout, fields: readonly bigint[]): AuditValue {
  let at = 0;
  const read = (l: Layout): AuditValue => {
    if (l === 'Field') return fieldToHex(fields[at++]);
    if (l === 'bool') return fields[at++] === 1n;
    if (typeof l === 'string') return fields[at++].toString();
    if ('struct' in l) return Object.fromEntries(l.struct.map(([name, member]) => [name, read(member)]));
    return Array.from({ length: l.length }, () => read(l.array));
  };
  return read(layout);
}

function sentence(event: RoomEvent, labels: readonly string[]): string {
  const slot = (number: number) => (labels[number] ? `slot ${number} (${labels[number]})` : `slot ${number}`);
  const Slot = (number: number) => capital(slot(number));
  const slots = (numbers: readonly number[]) => numbers.map(slot).join(', ');
  const party = (number: number) => (number === HOST_SLOT ? 'the host' : slot(number));
  switch (event.name) {
    case 'RoomCreated': {
      const { slots: all, min_slots: needed, k, min_rows, max_rows, approvals, escrow } = event.terms;
      return (
        `The room was opened for ${all} slots, of which it needs ${needed === all ? 'all' : needed}: ` +
        `${min_rows} to ${max_rows} rows a slot, no count below ${k}, ` +
        `${approvals === 1 ? 'one approval' : 'approvals of two accounts'} a slot, ` +
        `${escrow === 0n ? 'nothing to pay' : 'payments to an escrow'}.`
      );
    }
    case 'SlotTaken':
      return `${Slot(event.slot)} was taken with its invite, and proved that it knows its keys.`;
    case 'RoleGranted':
      return `${capital(party(event.slot))} made an account its ${event.role === ROLES.approver ? 'approver' : 'auditor'}.`;
    case 'RoleRevoked':
      return `${capital(party(event.slot))} took a role back.`;
    case 'PolicyApproved':
      return event.grant === 0n
        ? `${Slot(event.slot)} approved the policy with its own account.`
        : `An approver of ${slot(event.slot)} approved the policy.`;
    case 'PaymentConfirmed':
      return `${Slot(event.slot)} proved that what is due from it lies in escrow.`;
    case 'DatasetProven':
      return event.chunk.last
        ? `${Slot(event.statement.slot)} committed to its rows, and proved that they keep the policy's rules${parts(event)}.`
        : `${Slot(event.statement.slot)} proved a part of what it says of its rows${parts(event)}.`;
    case 'SlotsLeftOut':
      return `Slots that had missed the deadline were left out. The room went on with ${slots(slotsOf(event.active))}.`;
    case 'ConsentWithdrawn':
      return `${Slot(event.slot)} withdrew its consent. The room went on without it.`;
    case 'BlindProven':
      return event.chunk.last
        ? `${Slot(event.statement.slot)} blinded its list, and proved that it holds exactly the committed rows${parts(event)}.`
        : `${Slot(event.statement.slot)} proved a part of its blinded list${parts(event)}.`;
    case 'HopProven': {
      const { slot: by, list } = event.statement;
      return event.chunk.last
        ? `${Slot(by)} passed on the list of ${slot(list)}, and proved that nothing was added, dropped or replaced${parts(event)}.`
        : `${Slot(by)} proved a part of passing on the list of ${slot(list)}${parts(event)}.`;
    }
    case 'DatasetAttested':
      return `${Slot(event.slot)} committed to its rows. Nothing shows that they keep the policy's rules.`;
    case 'ListAttested': {
      const { slot: by, list, hop } = event.statement;
      return hop === 0
        ? `${Slot(by)} put its blinded list on record. Nothing shows that it holds the committed rows.`
        : `${Slot(by)} passed on the list of ${slot(list)}, and proved that the sum of its points is its own multiple of the sum before.`;
    }
    case 'MatchProven': {
      if (!event.chunk.last) return `${Slot(event.slot)} proved a part of the match of all lists${parts(event)}.`;
      const { meets_k: meets, k } = event.statement;
      return (
        `${Slot(event.slot)} matched all lists, and proved that the encrypted count is theirs and ` +
        `${meets ? `reaches ${k}` : `lies below ${k}, so that it stays closed`}${parts(event)}.`
      );
    }
    case 'ShareGiven':
      return `${Slot(event.slot)} gave its share of the decryption, proved that it is under its key, and signed for the room's course up to the match.`;
    case 'ResultReleased':
      return `${Slot(event.slot)} released the count of ${event.statement.count}, and proved that all shares open the encryption to it.`;
    case 'TallyProven':
      return event.chunk.last
        ? `${Slot(event.statement.slot)} committed to its tally, and proved that it sums up exactly the committed rows${parts(event)}.`
        : `${Slot(event.statement.slot)} proved a part of its tally${parts(event)}.`;
    case 'MaskedGiven':
      return `${Slot(event.statement.slot)} gave its masked tally, proved that it is its tally in the open groups under masks shared with the others, and signed for the room's course up to the last tally.`;
    case 'FiguresReleased':
      return `${Slot(event.slot)} released the figures over ${event.statement.count} rows, and proved that they follow from all masked tallies.`;
    case 'EncryptProven': {
      const { slot: by, vector } = event.statement;
      return event.chunk.last
        ? `${Slot(by)} encrypted ${vectorOf(vector)} for each element of its list under its own key, and proved that it is the values of its committed rows${parts(event)}.`
        : `${Slot(by)} proved a part of its encryption of ${vectorOf(vector)}${parts(event)}.`;
    }
    case 'ReturnProven': {
      const { slot: by, list } = event.statement;
      return event.chunk.last
        ? `${Slot(by)} told what matched in the list of ${slot(list - RETURNED)} as it was before it had passed it on, and proved that it is the same${parts(event)}.`
        : `${Slot(by)} proved a part of what matched in the list of ${slot(list - RETURNED)}${parts(event)}.`;
    }
    case 'SelectProven': {
      const { slot: by, list, vector } = event.statement;
      return event.chunk.last
        ? `${Slot(by)} summed up the encryptions of ${vectorOf(vector)} of ${slot(list)} over what matched, and proved that it left out only groups that are too small${parts(event)}.`
        : `${Slot(by)} proved a part of the sums of ${vectorOf(vector)} of ${slot(list)}${parts(event)}.`;
    }
    case 'TallyOpened':
      return `${Slot(event.statement.slot)} committed to its tally, and proved that it is the sums of its values over what matched, decrypted.`;
    case 'PartGiven':
      return `${Slot(event.statement.slot)} gave its part of the sum, encrypted under the room's key, and proved that it follows from its tally.`;
    case 'MixGiven': {
      const { slot: by, border, borders, found } = event.statement;
      return (
        `${Slot(by)} mixed the elements of border ${border} of ${borders}, and proved that they are the same ones under other factors, ` +
        `without its share of the room's key${found ? ': the sum lies below this border, and not below the one before' : ''} (circuit ${circuitOf(event)}).`
      );
    }
    case 'StepDisputed':
      return `${Slot(event.slot)} stated that it could not go on. From then on a missing step was nobody's fault.`;
    case 'RoomEnded':
      return `${ending(event.state, Slot(event.slot))}${event.at_fault === 0 ? '' : ` At fault: ${slots(slotsOf(event.at_fault))}.`}`;
    case 'AuditRecorded':
      return `An auditor whom ${party(event.slot)} had named put the digest of a report on record.`;
    case 'DeletionAttested':
      return `${Slot(event.slot)} attested that it had deleted what it received.`;
  }
}

/** A vector in words: of each column its values, then their squares. */
function vectorOf(vector: number): string {
  return `column ${Math.floor(vector / 2)}${vector % 2 === 0 ? '' : ' squared'}`;
}

/** Which part of a step a proof is, and of which circuit. */
function parts({ circuit, chunk }: { circuit: number; chunk: { index: number; last: boolean } }): string {
  const name = circuitOf({ circuit });
  return chunk.index === 0 && chunk.last ? ` (circuit ${name})` : ` (circuit ${name}, part ${chunk.index + 1})`;
}

function circuitOf({ circuit }: { readonly circuit: number }): string {
  return CIRCUITS[circuit] ?? `number ${circuit}`;
}

function ending(state: number, Slot: string): string {
  switch (state) {
    case STATES.closed:
      return 'The host closed the room. Its result stands.';
    case STATES.cancelled:
      return 'The host cancelled the room. There is no result.';
    case STATES.expired:
      return 'The room expired: a deadline had passed. There is no result.';
    case STATES.revoked:
      return `${Slot} withdrew its consent, and the room ended. There is no result.`;
    default:
      return `The room ended in a state that does not exist (${state}).`;
  }
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
