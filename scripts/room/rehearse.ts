/** Plays every party of a room, each with its own wallet, private state and key material, on the configured network. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../aztec.config.ts';
import { canonicalPolicy, parsePolicyText } from '../../app/lib/policy/policy.ts';
import { readIdentifiers } from '../../app/lib/connector/csv.ts';
import {
  approvePolicy,
  commitDataset,
  createRoom,
  newHostRoom,
  newLocalRoom,
  takeSlot,
} from '../../app/lib/room/acts.ts';
import { run } from '../../app/lib/room/engine.ts';
import { readRoom, type Progress, type Session } from '../../app/lib/room/session.ts';
import { saveRoom } from '../../app/lib/room/store.ts';
import { buildReceipt } from '../../app/lib/receipt/build.ts';
import type { Receipt } from '../../app/lib/receipt/schema.ts';
import { contractAddress, contractClient, openParty, openReader, openSession, type Party } from './environment.ts';

const config = loadConfig();

export type RehearsalOptions = {
  readonly policyFile: string;
  /** One CSV file per slot. */
  readonly slotFiles: readonly string[];
  /** Column of the identifier, where it is not the policy's. */
  readonly idColumn?: string;
  /** Folder of the parties and the receipt; a new one under the cache where absent. */
  readonly out?: string;
  readonly nodeUrl?: string;
  readonly report: (label: string) => (progress: Progress) => void;
};

export type Rehearsal = {
  readonly roomId: bigint;
  readonly contract: bigint;
  readonly result: Receipt['result'];
  readonly receiptFile: string;
  readonly folder: string;
  /** Seconds by phase. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly srs: string;
};

/** Runs a whole room. */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const policy = parsePolicyText(await readFile(options.policyFile, 'utf8'));
  if (options.slotFiles.length !== policy.parties.length) {
    throw new Error(
      `The policy has ${policy.parties.length} parties: give --slot FILE for each (got ${options.slotFiles.length}).`,
    );
  }
  const clock = stopwatch();
  const host = options.report('host');
  // Sources are read first: nothing is opened on chain for a file that cannot be used.
  const datasets: (readonly bigint[])[] = [];
  for (const [i, file] of options.slotFiles.entries()) {
    const { dataset, rows, duplicates } = await readIdentifiers({
      file,
      column: options.idColumn ?? policy.identifier.column,
      type: policy.identifier.type,
      minRows: policy.minRows,
      maxRows: policy.maxRows,
    });
    options.report(policy.parties[i].label)({
      message: `read ${rows} rows, ${dataset.length} distinct identifiers${duplicates > 0 ? `, ${duplicates} repeated` : ''}`,
    });
    datasets.push(dataset);
  }
  const folder = options.out ?? (await newFolder());
  await mkdir(folder, { recursive: true });
  const reader = await openReader();
  const parties: Party[] = [];
  try {
    host({ message: 'opening a wallet for each party' });
    for (const i of policy.parties.keys()) {
      parties.push(await openParty(reader, join(folder, `slot-${i}`), options.nodeUrl));
    }
    clock('wallets');
    const address = await contractAddress(parties[0], host);
    clock('deploy');

    const record = newHostRoom(address, policy);
    await reader.relay.put(new TextEncoder().encode(canonicalPolicy(policy)));
    host({ message: 'creating the room' });
    const block = await parties[0].connection.node.getBlockHeader('latest');
    const now = block!.globalVariables.timestamp;
    await createRoom(await contractClient(parties[0], address), reader.prover, record, policy, BigInt(now));

    const sessions: Session[] = [];
    for (const [slot, party] of parties.entries()) {
      const { roomId, contract, policyDocument } = record;
      const local = newLocalRoom({
        roomId,
        contract,
        slot,
        inviteSecret: record.inviteSecrets![slot],
        policyDocument,
        ...(slot === 0 ? { hostSecret: record.hostSecret, inviteSecrets: record.inviteSecrets } : {}),
      });
      await saveRoom(party.home, local);
      sessions.push(await openSession(party, local, options.report(policy.parties[slot].label)));
    }
    const all = async (message: string, act: (session: Session, i: number) => Promise<unknown>) => {
      await Promise.all(
        sessions.map((session, i) => {
          session.report({ message });
          return act(session, i);
        }),
      );
    };
    const view = async (session: Session) => (await readRoom({ ...session, contract: address }, record.roomId)).view;
    await all('taking the slot', async (session) => takeSlot(session, await view(session)));
    await all('approving the policy', async (session) => approvePolicy(session, await view(session)));
    await all('committing the data', async (session, i) => commitDataset(session, await view(session), datasets[i]));
    clock('consent');
    const turns = await Promise.all(sessions.map((session) => run(session)));
    clock('join');
    const ended = turns.find(({ outcome }) => outcome !== 'finished');
    if (ended) throw new Error(`A party stopped before the room was over: ${ended.outcome}.`);

    const { view: final, events } = await readRoom({ ...sessions[0], contract: address }, record.roomId);
    const receipt = await buildReceipt(sessions[0], final, events);
    const receiptFile = join(folder, 'receipt.json');
    await writeFile(receiptFile, `${JSON.stringify(receipt, null, 2)}\n`);
    clock('receipt');
    return {
      roomId: record.roomId,
      contract: address,
      result: receipt.result,
      receiptFile,
      folder,
      seconds: clock.laps,
      srs: reader.srs.kind,
    };
  } finally {
    for (const party of parties) await party.close();
    await reader.close();
  }
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
