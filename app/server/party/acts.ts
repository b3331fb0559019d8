/** What the process of a profile does when it is asked. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readLedger } from '../../lib/check/ledger.ts';
import { profileTable } from '../../lib/check/profile.ts';
import { checkReport } from '../../lib/check/report.ts';
import { openTable } from '../../lib/connector/open.ts';
import { writingClient } from '../../lib/chain/written.ts';
import { fieldToHex, parseField } from '../../lib/field/field.ts';
import { parsePolicyText } from '../../lib/policy/policy.ts';
import { buildReceipt } from '../../lib/receipt/build.ts';
import { cancelRoom, closeRoom, dispute, expireRoom, leaveOut, ownSlot, revokeConsent } from '../../lib/room/acts.ts';
import { restoreBlobs } from '../../lib/room/engine.ts';
import { grantCommitment, type Grant } from '../../lib/room/grant.ts';
import { loadGrant } from '../../lib/room/grant-store.ts';
import { decodeInvite } from '../../lib/room/invite.ts';
import type { Progress, Session } from '../../lib/room/session.ts';
import { loadRoom, writePrivate } from '../../lib/room/store.ts';
import { receiptFile } from '../receipt-file.ts';
import { readOwn, unlessDone } from './acting.ts';
import { approveOwn } from './approval.ts';
import { deleteOwn } from './deleting.ts';
import { mintSample } from './deploy.ts';
import { deploymentOf, openSession, type Party } from './environment.ts';
import { draftRoom, hostRoom, writeCreation } from './hosting.ts';
import { joinRoom } from './joining.ts';
import type { Act, Acts, HostCall, Source } from './messages.ts';
import {
  claimAll,
  confirmOwn,
  payDue,
  readPurse,
  refundAll,
  takenLines,
  type PurseState,
  type Taken,
} from './money.ts';
import { commitChecked, readChecked } from './precheck.ts';
import { approveForGrantor, giveRole, recordReport, takeRoleBack } from './roles.ts';

/** What an act works with. */
export type At = { readonly party: Party; readonly report: (progress: Progress) => void };

type Doing<Name extends Act> = (at: At, input: Acts[Name]['input']) => Promise<Acts[Name]['output']>;

/** The acts that need the profile's wallet. */
export const ACTS: { [Name in Exclude<Act, 'check'>]: Doing<Name> } = {
  open: async ({ party }) => ({ address: fieldToHex(party.wallet.address.toBigInt()) }),
  create: async ({ party, report }, { policy, highRisk }) => {
    const deployment = await deploymentOf(party, report);
    const { room } = await hostRoom(party, deployment, parsePolicyText(policy), report, { highRisk });
    return { room: fieldToHex(room.roomId) };
  },
  draft: async ({ party, report }, { policy, highRisk, host }) => {
    const deployment = await deploymentOf(party, report);
    const room = await draftRoom(party, deployment, parsePolicyText(policy), parseField(host), { highRisk });
    return { room: fieldToHex(room.roomId) };
  },
  write: async (at, { room, call }) => ({ call: await writeHostCall(await sessionOf(at, room), call) }),
  join: async ({ party, report }, { invite: text }) => {
    const invite = decodeInvite(text);
    await joinRoom(party, invite, report);
    return { room: fieldToHex(invite.roomId) };
  },
  approve: async (at, { room, ...looked }) => {
    await approveOwn(await sessionOf(at, room), looked);
    return {};
  },
  'approve-as': async ({ party, report }, { grant, ...looked }) => {
    await approveForGrantor(party, await heldGrant(party, grant), looked, report);
    return {};
  },
  'record-audit': async ({ party, report }, { grant, digest }) => {
    await recordReport(party, await heldGrant(party, grant), parseField(digest), report);
    return {};
  },
  grant: async (at, { room, role, to, as }) => {
    const { grant } = await giveRole(await sessionOf(at, room), as, role, parseField(to, 'address of the account'));
    return { grant: fieldToHex(grantCommitment(grant)) };
  },
  'revoke-role': async (at, { room, grant }) => {
    await takeRoleBack(await sessionOf(at, room), parseField(grant));
    return {};
  },
  purse: async (at, { room }) => ({ told: purseLines(await readPurse(await sessionOf(at, room))) }),
  mint: async ({ party, report }, { amount }) => {
    await mintSample({ ...party, report }, [party.wallet], BigInt(amount));
    return {};
  },
  pay: async (at, { room, what }) => {
    await payDue(await sessionOf(at, room), what);
    return {};
  },
  confirm: async (at, { room }) => {
    await confirmOwn(await sessionOf(at, room));
    return {};
  },
  claim: async (at, { room }) => ({ told: someTaken(await claimAll(await sessionOf(at, room))) }),
  refund: async (at, { room }) => ({ told: someTaken(await refundAll(await sessionOf(at, room))) }),
  delete: async (at, { room }) => {
    const { files, digest } = await deleteOwn(await sessionOf(at, room));
    const count = `${files} file${files === 1 ? '' : 's'} of the room deleted`;
    return { told: [digest === undefined ? `${count}. It was attested before.` : `${count}; attested as ${digest}.`] };
  },
  commit: async (at, { room, source, column, override: overridden, region }) => {
    const session = await sessionOf(at, room);
    const { policy, home, report } = session;
    const table = await open(source);
    const { roomId } = session.room;
    const slot = ownSlot(session.room);
    const looked = { policy, roomId, slot, folder: home.folder, column, overridden, region, report };
    await commitChecked(session, await readChecked(table, looked));
    return {};
  },
  revoke: (at, { room }) => send(at, room, revokeConsent),
  dispute: async (at, { room }) => {
    await unlessDone(await sessionOf(at, room), ({ progress }) => progress.disputed, dispute);
    return {};
  },
  cancel: (at, { room }) => send(at, room, cancelRoom),
  close: (at, { room }) => send(at, room, closeRoom),
  'leave-out': (at, { room }) => send(at, room, leaveOut),
  expire: (at, { room }) => send(at, room, expireRoom),
  receipt: async (at, { room }) => {
    await makeReceipt(await sessionOf(at, room));
    return {};
  },
};

/** Looks at a table as `room check` does. Nothing is opened but the source. */
export async function check(folder: string, input: Acts['check']['input']): Promise<Acts['check']['output']> {
  const policy = parsePolicyText(input.policy);
  const roomId = parseField(input.room);
  const slot = (await loadRoom({ folder }, roomId))?.slot;
  const ledger = await readLedger(folder);
  const profile = await profileTable(await open(input.source), {
    column: input.column,
    type: policy.identifier.type,
    policy,
    slot,
    sketchKey: ledger.key,
  });
  const now = Math.floor(Date.now() / 1000);
  return checkReport({ policy, profile, ledger, now, roomId, slot, region: input.region });
}

/** Writes the receipt of a room with a result where the app's receipt pages look for it. */
export async function makeReceipt(session: Session): Promise<void> {
  const { view, events } = await readOwn(session);
  session.report({ message: 'making the receipt' });
  await restoreBlobs(session, view);
  const receipt = await buildReceipt(session, view, events);
  const file = receiptFile(fieldToHex(view.roomId))!;
  await mkdir(dirname(file), { recursive: true });
  await writePrivate(file, `${JSON.stringify(receipt, null, 2)}\n`);
}

/** The party's session in a room that it has a record of. */
export async function sessionOf({ party, report }: At, room: string): Promise<Session> {
  const record = await loadRoom(party.home, parseField(room));
  if (!record)
    throw new Error('This profile has no record of the room: join it with an invite, or choose another profile.');
  return openSession(party, record, report);
}

/** Writes what the host does, for the account that hosts the room. */
async function writeHostCall(session: Session, call: HostCall): Promise<string> {
  const { room, contract } = session;
  if (!room.hostedBy) throw new Error('The built-in account hosts this room: it acts by itself.');
  if (call === 'create') return writeCreation(session);
  const written = { room, contract: writingClient(contract, room.hostedBy.account) };
  return call === 'cancel' ? cancelRoom(written) : closeRoom(written);
}

async function heldGrant({ home }: Party, commitment: string): Promise<Grant> {
  const grant = await loadGrant(home, 'held', parseField(commitment));
  if (!grant) throw new Error('This profile does not hold that role: open its link again, or choose another profile.');
  return grant;
}

/** What was taken, in lines. @throws where all was refused: then nothing was */
function someTaken(taken: readonly Taken[]): string[] {
  const lines = takenLines(taken);
  if (taken.every(({ refused }) => refused !== undefined)) throw new Error(lines.join('\n'));
  return lines;
}

function purseLines({ account, token, balance, parts }: PurseState): string[] {
  return [
    `Your account ${fieldToHex(account)} holds ${balance} units of the token ${fieldToHex(token)} in private.`,
    ...parts.map(({ name, amount, paid }) => `${name}: ${amount} units, ${paid ? 'paid' : 'not paid yet'}`),
  ];
}

async function send(at: At, room: string, act: (session: Session) => Promise<string>): Promise<object> {
  await act(await sessionOf(at, room));
  return {};
}

function open({ where, ...options }: Source) {
  return openTable(where, options);
}
