/** The contract's events, typed. Their order and payloads are the whole history of a room. */
import { CIRCUITS } from '../protocol/context.ts';
import { MAX_SLOTS } from '../protocol/errors.ts';
import { MAX_VECTORS } from '../protocol/vectors.ts';
import { decode, signature, type Decoded, type Layout } from './schema.ts';

const POINT = {
  struct: [
    ['x', 'Field'],
    ['y', 'Field'],
  ],
} as const;
const FIELDS_3 = { array: 'Field', length: 3 } as const;
const PER_SLOT = { array: 'Field', length: MAX_SLOTS } as const;
const NUMBERS_PER_SLOT = { array: 'u32', length: MAX_SLOTS } as const;
const POINTS_PER_SLOT = { array: POINT, length: MAX_SLOTS } as const;
const PER_VECTOR = { array: 'Field', length: MAX_VECTORS } as const;

const DEADLINES = {
  struct: [
    ['invite', 'u64'],
    ['approve', 'u64'],
    ['commit', 'u64'],
    ['join', 'u64'],
    ['share', 'u64'],
    ['retention', 'u64'],
  ],
} as const;

const FEE_TERMS = {
  struct: [
    ['token', 'Field'],
    ['fee', 'u128'],
    ['payer', 'u32'],
    ['stake', 'u128'],
    ['shares', NUMBERS_PER_SLOT],
  ],
} as const;

export const POLICY_TERMS = {
  struct: [
    ['document_high', 'Field'],
    ['document_low', 'Field'],
    ['template', 'Field'],
    ['slots', 'u32'],
    ['min_slots', 'u32'],
    ['k', 'u32'],
    ['min_rows', 'u32'],
    ['max_rows', 'u32'],
    ['rules', 'Field'],
    ['proof_mode', 'u32'],
    ['plan', 'Field'],
    ['contributors', 'u32'],
    ['vectors', 'u64'],
    ['naming', 'u32'],
    ['bands', 'Field'],
    ['fees', FEE_TERMS],
  ],
} as const;

const ROOM_TERMS = {
  struct: [
    ['context', 'Field'],
    ['policy_digest', 'Field'],
    ['host_commitment', 'Field'],
    ['template', 'Field'],
    ['escrow', 'Field'],
    ['slots', 'u32'],
    ['min_slots', 'u32'],
    ['k', 'u32'],
    ['min_rows', 'u32'],
    ['max_rows', 'u32'],
    ['rules', 'Field'],
    ['proof_mode', 'u32'],
    ['plan', 'Field'],
    ['contributors', 'u32'],
    ['vectors', 'u64'],
    ['naming', 'u32'],
    ['bands', 'Field'],
    ['approvals', 'u32'],
    ['payer', 'u32'],
    ['staked', 'bool'],
    ['deadlines', DEADLINES],
  ],
} as const;

const SLOT_KEYS = {
  struct: [
    ['decryption_x', 'Field'],
    ['decryption_y', 'Field'],
    ['blinding_x', 'Field'],
    ['blinding_y', 'Field'],
  ],
} as const;

export const CHUNK = {
  struct: [
    ['index', 'u32'],
    ['last', 'bool'],
    ['state_before', 'Field'],
    ['state_after', 'Field'],
  ],
} as const;

export const DATASET = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['dataset', 'Field'],
    ['min_rows', 'u32'],
    ['max_rows', 'u32'],
    ['rules', 'Field'],
  ],
} as const;

export const BLIND = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['key_x', 'Field'],
    ['key_y', 'Field'],
    ['dataset', 'Field'],
    ['list_digest', 'Field'],
    ['values', 'Field'],
    ['plan', 'Field'],
  ],
} as const;

export const HOP = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['list', 'u32'],
    ['hop', 'u32'],
    ['key_x', 'Field'],
    ['key_y', 'Field'],
    ['input_digest', 'Field'],
    ['output_digest', 'Field'],
  ],
} as const;

export const ATTESTED_LIST = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['list', 'u32'],
    ['hop', 'u32'],
    ['digest', 'Field'],
    ['sum', POINT],
  ],
} as const;

export const MATCH = {
  struct: [
    ['context', 'Field'],
    ['slots', NUMBERS_PER_SLOT],
    ['lists', PER_SLOT],
    ['returned', PER_SLOT],
    ['merged_digest', 'Field'],
    ['room_key_x', 'Field'],
    ['room_key_y', 'Field'],
    ['c1_x', 'Field'],
    ['c1_y', 'Field'],
    ['c2_x', 'Field'],
    ['c2_y', 'Field'],
    ['k', 'u32'],
    ['meets_k', 'bool'],
  ],
} as const;

export const RELEASE = {
  struct: [
    ['context', 'Field'],
    ['slots', NUMBERS_PER_SLOT],
    ['keys', POINTS_PER_SLOT],
    ['c1', POINT],
    ['c2', POINT],
    ['shares', POINTS_PER_SLOT],
    ['k', 'u32'],
    ['count', 'u32'],
  ],
} as const;

export const TALLY = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['dataset', 'Field'],
    ['plan', 'Field'],
    ['k', 'u32'],
    ['tally', 'Field'],
    ['full', 'u32'],
  ],
} as const;

export const MASKED = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['transcript', 'Field'],
    ['slots', NUMBERS_PER_SLOT],
    ['keys', POINTS_PER_SLOT],
    ['plan', 'Field'],
    ['tally', 'Field'],
    ['full', 'u32'],
    ['open', 'u32'],
    ['masked_digest', 'Field'],
  ],
} as const;

export const FIGURES = {
  struct: [
    ['context', 'Field'],
    ['slots', NUMBERS_PER_SLOT],
    ['masked', PER_SLOT],
    ['full', NUMBERS_PER_SLOT],
    ['open', 'u32'],
    ['plan', 'Field'],
    ['k', 'u32'],
    ['count', 'u32'],
    ['figures_digest', 'Field'],
  ],
} as const;

export const ENCRYPT = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['values', 'Field'],
    ['plan', 'Field'],
    ['vector', 'u32'],
    ['key', POINT],
    ['encrypted_digest', 'Field'],
  ],
} as const;

export const SELECT = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['list', 'u32'],
    ['vector', 'u32'],
    ['key', POINT],
    ['owner_key', POINT],
    ['list_digest', 'Field'],
    ['returned_digest', 'Field'],
    ['encrypted_digest', 'Field'],
    ['k', 'u32'],
    ['selected_digest', 'Field'],
  ],
} as const;

export const OPENED = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['key', POINT],
    ['counting', 'bool'],
    ['selected', PER_VECTOR],
    ['tally', 'Field'],
    ['full', 'u32'],
  ],
} as const;

export const PART = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['tally', 'Field'],
    ['bands', 'Field'],
    ['room_key', POINT],
    ['c1', POINT],
    ['c2', POINT],
  ],
} as const;

export const MIX = {
  struct: [
    ['context', 'Field'],
    ['slot', 'u32'],
    ['transcript', 'Field'],
    ['key', POINT],
    ['bands', 'Field'],
    ['borders', 'u32'],
    ['border', 'u32'],
    ['c1', POINT],
    ['c2', POINT],
    ['input_digest', 'Field'],
    ['output_digest', 'Field'],
    ['found', 'bool'],
  ],
} as const;

/** Every event of the contract and its layout, as `contracts/clean_room` declares them. */
export const EVENTS = {
  RoomCreated: {
    struct: [
      ['room_id', 'Field'],
      ['terms', ROOM_TERMS],
      ['policy', POLICY_TERMS],
      ['circuits', { array: 'Field', length: CIRCUITS.length }],
      ['invites', PER_SLOT],
    ],
  },
  SlotTaken: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['keys', SLOT_KEYS],
      ['decryption_proof', FIELDS_3],
      ['blinding_proof', FIELDS_3],
    ],
  },
  RoleGranted: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['role', 'u32'],
      ['grant', 'Field'],
    ],
  },
  RoleRevoked: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['grant', 'Field'],
    ],
  },
  PolicyApproved: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['policy_digest', 'Field'],
      ['tag', 'Field'],
      ['grant', 'Field'],
    ],
  },
  PaymentConfirmed: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
    ],
  },
  DatasetProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', DATASET],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  SlotsLeftOut: {
    struct: [
      ['room_id', 'Field'],
      ['active', 'u32'],
    ],
  },
  ConsentWithdrawn: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
    ],
  },
  BlindProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', BLIND],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  HopProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', HOP],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  DatasetAttested: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['dataset', 'Field'],
    ],
  },
  ListAttested: {
    struct: [
      ['room_id', 'Field'],
      ['statement', ATTESTED_LIST],
      ['proof', FIELDS_3],
    ],
  },
  MatchProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['slot', 'u32'],
      ['statement', MATCH],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  ShareGiven: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['share', POINT],
      ['challenge', 'Field'],
      ['response_low', 'Field'],
      ['response_high', 'Field'],
      ['transcript', 'Field'],
    ],
  },
  ResultReleased: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['statement', RELEASE],
      ['proof_digest', 'Field'],
    ],
  },
  TallyProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', TALLY],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  MaskedGiven: {
    struct: [
      ['room_id', 'Field'],
      ['statement', MASKED],
      ['proof_digest', 'Field'],
    ],
  },
  FiguresReleased: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['statement', FIGURES],
      ['proof_digest', 'Field'],
    ],
  },
  EncryptProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', ENCRYPT],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  ReturnProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', HOP],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  SelectProven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', SELECT],
      ['chunk', CHUNK],
      ['proof_digest', 'Field'],
    ],
  },
  TallyOpened: {
    struct: [
      ['room_id', 'Field'],
      ['statement', OPENED],
      ['proof_digest', 'Field'],
    ],
  },
  PartGiven: {
    struct: [
      ['room_id', 'Field'],
      ['statement', PART],
      ['proof_digest', 'Field'],
    ],
  },
  MixGiven: {
    struct: [
      ['room_id', 'Field'],
      ['circuit', 'u32'],
      ['statement', MIX],
      ['proof_digest', 'Field'],
    ],
  },
  StepDisputed: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
    ],
  },
  RoomEnded: {
    struct: [
      ['room_id', 'Field'],
      ['state', 'u32'],
      ['slot', 'u32'],
      ['at_fault', 'u32'],
    ],
  },
  AuditRecorded: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['grant', 'Field'],
      ['report_digest', 'Field'],
    ],
  },
  DeletionAttested: {
    struct: [
      ['room_id', 'Field'],
      ['slot', 'u32'],
      ['digest', 'Field'],
    ],
  },
} as const satisfies Record<string, Layout>;

/** The name of one of the contract's events. */
export type EventName = keyof typeof EVENTS;
/** A decoded event of one kind. */
export type EventOf<N extends EventName> = { readonly name: N } & Decoded<(typeof EVENTS)[N]>;
/** Any decoded event. */
export type RoomEvent = { [N in EventName]: EventOf<N> }[EventName];

/** An event as the chain logged it. `fields` excludes the selector. */
export type LoggedEvent = {
  readonly name: EventName;
  readonly fields: readonly bigint[];
  readonly txHash: string;
  readonly block: number;
};

/** `RoomCreated(Field,…)`: what the event's selector is the hash of. */
export function eventSignature(name: EventName): string {
  return name + signature(EVENTS[name]);
}

/** Decodes a logged event. Throws on a wrong length or a value out of range. */
export function decodeEvent(logged: LoggedEvent): RoomEvent {
  const value = decode(EVENTS[logged.name], logged.fields, logged.name) as object;
  return { name: logged.name, ...value } as RoomEvent;
}

/** The public inputs of the proof that an event announces, straight from its fields; undefined where there is none. */
export function publicInputsOf(logged: LoggedEvent): readonly bigint[] | undefined {
  switch (logged.name) {
    case 'DatasetProven':
    case 'BlindProven':
    case 'HopProven':
    case 'ResultReleased':
    case 'TallyProven':
    case 'FiguresReleased':
    case 'EncryptProven':
    case 'ReturnProven':
    case 'SelectProven':
    case 'MixGiven':
      return logged.fields.slice(2, -1);
    case 'MatchProven':
      return logged.fields.slice(3, -1);
    case 'MaskedGiven':
    case 'TallyOpened':
    case 'PartGiven':
      return logged.fields.slice(1, -1);
    default:
      return undefined;
  }
}
