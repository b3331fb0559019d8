/** The whole history of a room as a document, as the chain has it, for auditors. */
import { fieldToHex } from '../field/field.ts';
import { auditLog, type AuditEntry } from './audit.ts';
import { kindOf, type RoomKind, type RoomState, type RoomView } from './view.ts';
import { readRoom, type RoomReader } from './session.ts';

/** What the number of a result counts, by what a room opens. */
const COUNTED = {
  overlap: 'identifiers in common',
  joined: 'identifiers in common, in open groups',
  aggregate: 'rows in open groups',
  threshold: 'borders reached by the sum',
} as const satisfies Record<RoomKind, string>;

type Counted = (typeof COUNTED)[RoomKind];

/** A room's history with the place that it was read from. */
export type RoomHistory = {
  readonly kind: 'zk-clean-room-audit';
  readonly version: 1;
  readonly network: { readonly chainId: string; readonly rollupVersion: string; readonly provesTransactions: boolean };
  readonly contract: string;
  readonly room: string;
  readonly state: RoomState;
  /** What was released; `figures` is the digest of the figures where figures are told. */
  readonly result?: {
    readonly suppressed: boolean;
    readonly counts: Counted;
    readonly count?: number;
    readonly figures?: string;
  };
  readonly transcript: string;
  readonly history: readonly AuditEntry[];
};

/**
 * Reads a room's history: replayed by the contract's rules and compared with its storage before it is told.
 *
 * @param labelsOf gives the names of the parties by slot, for the sentences: they are in no public record
 * @throws when there is no such room, or its record does not add up
 */
export async function readHistory(
  reader: RoomReader,
  roomId: bigint,
  labelsOf: (view: RoomView) => Promise<readonly string[]>,
): Promise<RoomHistory> {
  const { view, events } = await readRoom(reader, roomId);
  const { chainId, rollupVersion, provesTransactions } = reader.connection.info;
  return {
    kind: 'zk-clean-room-audit',
    version: 1,
    network: { chainId: fieldToHex(chainId), rollupVersion: fieldToHex(rollupVersion), provesTransactions },
    contract: fieldToHex(reader.contract),
    room: fieldToHex(roomId),
    state: view.state,
    ...(view.result ? { result: resultOf(view, view.result) } : {}),
    transcript: fieldToHex(view.transcript),
    history: auditLog(events, await labelsOf(view)),
  };
}

function resultOf(
  view: RoomView,
  { figures, ...result }: NonNullable<RoomView['result']>,
): NonNullable<RoomHistory['result']> {
  const told = { ...result, counts: COUNTED[kindOf(view)] };
  return figures === undefined ? told : { ...told, figures: fieldToHex(figures) };
}

const COLUMNS = ['step', 'event', 'text', 'block', 'transaction', 'values'] as const;

/** A history as CSV (RFC 4180): a line for each event, whose values are JSON. */
export function historyCsv({ history }: Pick<RoomHistory, 'history'>): string {
  const lines = history.map((entry) =>
    COLUMNS.map((column) => {
      const value = entry[column];
      return quoted(typeof value === 'object' ? JSON.stringify(value) : String(value));
    }),
  );
  return [COLUMNS.map(quoted), ...lines].map((cells) => `${cells.join(',')}\r\n`).join('');
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
