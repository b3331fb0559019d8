/** The rooms that a profile has a record of, as the chain has them, with what the profile has to do. */
import { loadConfig } from '../../../aztec.config.ts';
import { eventSelectors } from '../../lib/chain/log.ts';
import { connectNode } from '../../lib/chain/node.ts';
import { fieldToHex } from '../../lib/field/field.ts';
import { initField } from '../../lib/field/poseidon2.ts';
import type { Policy } from '../../lib/policy/parse.ts';
import { nextStep, type NextStep } from '../../lib/room/next.ts';
import { NoSuchRoom, readRoom, type RoomReader } from '../../lib/room/session.ts';
import { listRooms, loadBlob, loadRoom, type LocalRoom } from '../../lib/room/store.ts';
import { isOver, kindOf, type RoomKind, type RoomState, type RoomView } from '../../lib/room/view.ts';
import { answers } from '../answers.ts';
import { withoutSecrets } from '../redact.ts';
import { deadlineOf, PATIENCE, within, type RoomSummary } from '../rooms.ts';
import { readPolicy } from './policy-copy.ts';

/** Reads rooms of a contract at the configured node. */
export type ChainReader = Pick<RoomReader, 'connection' | 'selectors'>;

/** What a profile's list shows of a room. */
export type OwnRoom = {
  /** `0x` and 64 hexadecimal digits. */
  readonly id: string;
  readonly slot?: number;
  readonly host: boolean;
  /** From the policy, where the profile has its copy. */
  readonly purpose?: string;
  readonly parties?: readonly string[];
  /** From the chain; absent where it cannot be read now. */
  readonly chain?: {
    readonly state: RoomState;
    readonly kind: RoomKind;
    readonly next: NextStep;
    readonly over: boolean;
    readonly deadline?: RoomSummary['deadline'];
  };
  /** Whether the room waits for the wallet that is to create it. */
  readonly draft?: true;
  /** Why the chain was not read. */
  readonly unread?: string;
};

/** The configured node, or undefined where none answers. */
export async function openChain(): Promise<ChainReader | undefined> {
  const { url } = loadConfig().network;
  if (!(await answers(url))) return undefined;
  await initField();
  return within(PATIENCE, connectNode(url)).then(async (connection) => ({
    connection,
    selectors: await eventSelectors(),
  }));
}

/** The chain's time, in seconds since the epoch. */
export async function chainTime({ connection }: ChainReader): Promise<bigint> {
  const header = await connection.node.getBlockHeader('latest');
  return BigInt(header?.globalVariables.timestamp ?? 0);
}

/** The profile's own copy of a room's policy; undefined where it has none yet. */
export async function ownPolicy(folder: string, room: LocalRoom): Promise<Policy | undefined> {
  const kept = await loadBlob({ folder }, room.roomId, room.policyDocument);
  return kept && readPolicy(kept, room.policyDocument);
}

/** What a party does next in a room: its slot's step, or nothing for a host alone. */
export function nextOf(view: RoomView, { slot }: LocalRoom): NextStep {
  if (slot !== undefined) return nextStep(view, slot);
  return isOver(view) ? { kind: 'finished' } : { kind: 'wait', on: 'the parties' };
}

/** All rooms of a profile. Those that wait for it come first, those that are over last. */
export async function listOwnRooms(folder: string): Promise<OwnRoom[]> {
  const reader = await openChain().catch(() => undefined);
  const now = reader ? await chainTime(reader).catch(() => 0n) : 0n;
  const ids = await listRooms({ folder });
  const rooms = await Promise.all(ids.map((id) => summaryOf(folder, id, now, reader)));
  return rooms.sort((a, b) => rank(a) - rank(b));
}

async function summaryOf(folder: string, id: bigint, now: bigint, reader?: ChainReader): Promise<OwnRoom> {
  const record = (await loadRoom({ folder }, id))!;
  const policy = await ownPolicy(folder, record).catch(() => undefined);
  const own = {
    id: fieldToHex(id),
    slot: record.slot,
    host: record.hostSecret !== undefined,
    purpose: policy?.purpose,
    parties: policy?.parties.map(({ label }) => label),
  };
  if (!reader) return { ...own, unread: 'The Aztec node does not answer.' };
  try {
    const { view } = await within(PATIENCE, readRoom({ ...reader, contract: record.contract }, id));
    const next = nextOf(view, record);
    return {
      ...own,
      chain: { state: view.state, kind: kindOf(view), next, over: isOver(view), deadline: deadlineOf(view, now) },
    };
  } catch (error) {
    if (isDraft(record, error)) return { ...own, draft: true };
    return { ...own, unread: withoutSecrets(error instanceof Error ? error.message : String(error)) };
  }
}

/** Whether a room cannot be read since the wallet that is to host it has not created it yet. */
export function isDraft({ hostedBy }: LocalRoom, error: unknown): boolean {
  return hostedBy !== undefined && error instanceof NoSuchRoom;
}

/** Steps that wait for the person. */
const DECISIONS: readonly NextStep['kind'][] = ['take-slot', 'approve', 'confirm-payment', 'commit'];

function rank({ chain, draft }: OwnRoom): number {
  if (draft) return 0;
  if (!chain) return 1;
  if (chain.over) return 3;
  return DECISIONS.includes(chain.next.kind) ? 0 : 2;
}
