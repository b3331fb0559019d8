/** Plays every party of a room, each with its own wallet, private state and key material, on the configured network. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { ContractRefusal } from '../../app/lib/chain/contract.ts';
import { openToken } from '../../app/lib/escrow/token.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { parsePolicy, parsePolicyText, type Policy } from '../../app/lib/policy/policy.ts';
import { readingOf } from '../../app/lib/policy/reading.ts';
import { rowCount, type Dataset } from '../../app/lib/protocol/dataset.ts';
import { readIdentifiers } from '../../app/lib/connector/identifiers.ts';
import { openTable } from '../../app/lib/connector/open.ts';
import { approvePolicy, newLocalRoom, takeSlot } from '../../app/lib/room/acts.ts';
import { commitDataset } from '../../app/lib/room/commit.ts';
import { run } from '../../app/lib/room/engine.ts';
import { ownParts, payoutsOf } from '../../app/lib/room/dues.ts';
import { confirmPayment, openRoomEscrow, payParts, takePayout } from '../../app/lib/room/money.ts';
import type { Progress, Session } from '../../app/lib/room/session.ts';
import { saveRoom, type LocalRoom } from '../../app/lib/room/store.ts';
import { reportOutcome, type FiguresReport } from '../../app/lib/template/figures-report.ts';
import { templateOf } from '../../app/lib/template/registry.ts';
import { buildReceipt } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { readOwn } from './command.ts';
import { mintSample, sampleToken } from '../../app/server/party/deploy.ts';
import { deploymentOf, openParty, openReader, openSession, type Party } from '../../app/server/party/environment.ts';
import { hostRoom, type Through } from '../../app/server/party/hosting.ts';

const config = loadConfig();

/** Money of a rehearsal, in sample tokens that are worth nothing. */
export type RehearsalMoney = { readonly fee?: bigint; readonly stake?: bigint };

export type RehearsalOptions = {
  readonly policyFile: string;
  /** One source per slot, in order: the path of a CSV file, or another form that `openTable` knows. */
  readonly slotFiles: readonly string[];
  /** Address of the S3 service that holds the sources in S3, where it is not Amazon's. */
  readonly s3Endpoint?: string;
  /** Column of the identifier, where it is not the policy's. */
  readonly idColumn?: string;
  /** A fee that the slots pay, and a stake, on a local network; they take the place of the policy's. */
  readonly money?: RehearsalMoney;
  /** Folder of the parties and the receipt; a new one under the cache where absent. */
  readonly out?: string;
  readonly nodeUrl?: string;
  readonly report: (label: string) => (progress: Progress) => void;
  /** What stands between a party and the room contract; nothing unless given. */
  readonly through?: Through;
};

export type Rehearsal = {
  readonly roomId: bigint;
  readonly contract: bigint;
  readonly result: Receipt['result'];
  /** The result in words and figures. */
  readonly lines: readonly string[];
  /** The figures by name, of a room that aggregates. */
  readonly figures?: FiguresReport;
  readonly receiptFile: string;
  readonly folder: string;
  /** Seconds by phase. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly srs: string;
  /** Each party's token balance in the end, having begun with {@link PURSE}; where money was due. */
  readonly balances?: readonly bigint[];
};

/** Token units that each party of a rehearsal with money begins with. */
export const PURSE = 1_000_000n;

/** Runs a whole room. */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const draft = parsePolicyText(await readFile(options.policyFile, 'utf8'));
  if (options.slotFiles.length !== draft.parties.length) {
    throw new Error(
      `The policy has ${draft.parties.length} parties: give --slot SOURCE for each (got ${options.slotFiles.length}).`,
    );
  }
  const clock = stopwatch();
  const host = options.report('host');
  // Sources are read first: nothing is opened on chain for a file that cannot be used.
  const datasets = await readSources(options, draft);
  const folder = options.out ?? (await newFolder());
  await mkdir(folder, { recursive: true });
  const reader = await openReader();
  const parties: Party[] = [];
  try {
    host({ message: 'opening a wallet for each party' });
    for (const i of draft.parties.keys()) {
      parties.push(await openParty(reader, join(folder, `slot-${i}`), options.nodeUrl));
    }
    clock('wallets');
    const [first] = parties;
    const deployment = await deploymentOf(first, host);
    const policy = options.money ? await withMoney(draft, parties, options.money, host) : draft;
    clock('deploy');

    const { room: record } = await hostRoom(first, deployment, policy, host, { through: options.through });
    const sessions: Session[] = [];
    for (const [slot, party] of parties.entries()) {
      const local = recordOf(record, slot);
      await saveRoom(party.home, local);
      const session = await openSession(party, local, options.report(policy.parties[slot].label));
      sessions.push({ ...session, contract: options.through?.(session.contract, party) ?? session.contract });
    }
    const all = async (message: string, act: (session: Session, i: number) => Promise<unknown>) => {
      await Promise.all(
        sessions.map((session, i) => {
          session.report({ message });
          return act(session, i);
        }),
      );
    };
    const view = async (session: Session) => (await readOwn(session)).view;
    await all('taking the slot', async (session) => takeSlot(session, await view(session)));
    await all('approving the policy', async (session) => approvePolicy(session, await view(session)));
    if (policy.fees) {
      await all('paying what is due', async (session) => pay(session));
      await all('confirming the payment', async (session) => confirmPayment(session, await view(session)));
    }
    clock('consent');
    await all('committing the data', async (session, i) => commitDataset(session, await view(session), datasets[i]));
    clock('commit');
    const turns = await Promise.all(sessions.map((session) => run(session)));
    clock('join');
    const ended = turns.find(({ outcome }) => outcome !== 'finished');
    if (ended) throw new Error(`A party stopped before the room was over: ${ended.outcome}.`);
    if (policy.fees) {
      // One after the other: what anyone may do once, everyone would do now.
      for (const session of sessions) await settle(session);
      clock('settle');
    }

    const { view: final, events } = await readOwn(sessions[0]);
    const receipt = await buildReceipt(sessions[0], final, events);
    const receiptFile = join(folder, 'receipt.json');
    await writeFile(receiptFile, `${JSON.stringify(receipt, null, 2)}\n`);
    const balances = policy.fees && (await Promise.all(sessions.map(balanceOf)));
    clock('receipt');
    return {
      roomId: record.roomId,
      contract: deployment.rooms,
      result: receipt.result,
      lines: templateOf(final).outcomeLines(policy, receipt.result),
      figures: reportOutcome(policy, receipt.result),
      receiptFile,
      folder,
      seconds: clock.laps,
      srs: reader.srs.kind,
      balances,
    };
  } finally {
    for (const party of parties) await party.close();
    await reader.close();
  }
}

/** The identifier digests of every slot's source, with values where the policy asks for them. */
async function readSources(options: RehearsalOptions, policy: Policy): Promise<Dataset[]> {
  const datasets: Dataset[] = [];
  for (const [i, where] of options.slotFiles.entries()) {
    const s3Endpoint = where.startsWith('s3:') ? options.s3Endpoint : undefined;
    const table = await openTable(where, { s3Endpoint });
    const { dataset, rows, duplicates } = await readIdentifiers(
      table,
      readingOf(policy, { column: options.idColumn, slot: i }),
    );
    options.report(policy.parties[i].label)({
      message: `read ${rows} rows, ${rowCount(dataset)} distinct identifiers${duplicates > 0 ? `, ${duplicates} repeated` : ''}`,
    });
    datasets.push(dataset);
  }
  return datasets;
}

/** The policy with a fee that all slots pay and share, and a stake; every party gets a purse of sample tokens. */
async function withMoney(
  draft: Policy,
  parties: readonly Party[],
  { fee, stake }: RehearsalMoney,
  report: (progress: Progress) => void,
): Promise<Policy> {
  const network = { ...parties[0], report };
  const fees = {
    token: fieldToHex(await sampleToken(network)),
    ...(fee === undefined ? {} : { fee: fee.toString(), payer: 'slots', shares: draft.parties.map(() => 1) }),
    ...(stake === undefined ? {} : { stake: stake.toString() }),
  };
  const policy = parsePolicy({ ...draft, fees });
  report({ message: 'handing out sample tokens' });
  await mintSample(
    network,
    parties.map(({ wallet }) => wallet),
    PURSE,
  );
  return policy;
}

/** A slot's record; the first slot is the host's as well. */
function recordOf({ version: _, ...record }: LocalRoom, slot: number): LocalRoom {
  const { roomId, contract, policyDocument, escrowSecret, inviteSecrets } = record;
  const own = { slot, inviteSecret: inviteSecrets![slot] };
  if (slot === 0) return newLocalRoom({ ...record, ...own });
  return newLocalRoom({
    roomId,
    contract,
    policyDocument,
    ...own,
    ...(escrowSecret === undefined ? {} : { escrowSecret }),
  });
}

async function pay(session: Session): Promise<void> {
  const escrow = await openRoomEscrow(session, (await readOwn(session)).view);
  await payParts(session, escrow, ownParts(session.room, escrow.terms));
}

/** Takes everything out of the escrow that is a party's. What another has taken, or nobody is due, is refused. */
async function settle(session: Session): Promise<void> {
  const { view } = await readOwn(session);
  const escrow = await openRoomEscrow(session, view);
  session.report({ message: 'taking its money out of the escrow' });
  const takings = [
    ...payoutsOf(view, session.room).map((payout) => () => takePayout(escrow, session.room, payout)),
    ...ownParts(session.room, escrow.terms).map((part) => () => escrow.refund(part)),
  ];
  for (const take of takings) {
    await take().catch((error: unknown) => {
      if (!(error instanceof ContractRefusal)) throw error;
    });
  }
}

async function balanceOf(session: Session): Promise<bigint> {
  const { connection, wallet, policy } = session;
  return (await openToken(connection, wallet, BigInt(policy.fees!.token))).balance();
}

async function newFolder(): Promise<string> {
  const parent = join(config.cacheFolder, 'rehearsals');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'room-'));
}

function stopwatch(): ((name: string) => void) & { laps: Record<string, number> } {
  let last = Date.now();
  const laps: Record<string, number> = {};
  const lap = (name: string) => {
    const now = Date.now();
    laps[name] = Math.round((now - last) / 100) / 10;
    last = now;
  };
  return Object.assign(lap, { laps });
}
