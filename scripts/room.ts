/** The `room` command: `npm run -s room -- <command> [options]`. */
import './room/quiet.ts';
import './room/settings.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../aztec.config.ts';
import { fieldToHex, parseField } from '../app/lib/field/field.ts';
import { initField } from '../app/lib/field/poseidon2.ts';
import { canonicalPolicy, parsePolicyText, policySummary, type Policy } from '../app/lib/policy/policy.ts';
import { readIdentifiers } from '../app/lib/connector/csv.ts';
import {
  approvePolicy,
  cancelRoom,
  checkTerms,
  closeRoom,
  commitDataset,
  createRoom,
  expireRoom,
  hasCommitted,
  holdsSlot,
  newHostRoom,
  newLocalRoom,
  ownSlot,
  revokeConsent,
  takeSlot,
} from '../app/lib/room/acts.ts';
import { ContractRefusal } from '../app/lib/chain/contract.ts';
import { restoreBlobs, run } from '../app/lib/room/engine.ts';
import { decodeInvite, encodeInvite } from '../app/lib/room/invite.ts';
import { isOver, nextStep } from '../app/lib/room/next.ts';
import { readRoom, type Progress, type Session } from '../app/lib/room/session.ts';
import { listRooms, loadRoom, openHome, saveBlob, saveRoom, type Home, type LocalRoom } from '../app/lib/room/store.ts';
import type { RoomView } from '../app/lib/room/replay.ts';
import { buildReceipt } from '../app/lib/receipt/build.ts';
import {
  connect,
  contractAddress,
  contractClient,
  fetchPolicy,
  openPartyOf,
  openReader,
  openRelay,
  openSession,
  policyOf,
  type Party,
} from './room/environment.ts';
import { explain, print, progressTo } from './room/output.ts';
import { rehearse } from './room/rehearse.ts';
import { verdictText, verifyFile } from './room/verify.ts';

const config = loadConfig();

type Common = { home: string; json: boolean };

const report: (progress: Progress) => void = progressTo(process.stderr);

const program = new Command('room')
  .description('Private data collaboration rooms on Aztec: joint numbers with proofs, no rows shared.')
  // Before the commands are made: they take it over.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError()
  .configureHelp({ showGlobalOptions: true })
  .addOption(
    new Option('--home <dir>', "this party's folder: account, keys, private state").env('ROOM_HOME').default('.room'),
  )
  .option('--json', 'print the result as JSON', false)
  .addHelpText(
    'after',
    `
A room, step by step:
  host          room create --policy policy.json       prints an invite per slot
  each slot     room join zkcr1...                     reads the policy, takes the slot
                room approve                           agrees to exactly this policy
                room commit --csv FILE --id COLUMN     fixes the data, sends nothing
                room run                               does every further step, until the result
  anyone        room verify receipt.json               checks the result; needs no account

Exit codes: 0 done, 1 refused or failed (the message says why), 2 wrong usage, 3 a decision of yours is due.`,
  );

program
  .command('create')
  .description('open a room with a policy; prints the invites')
  .requiredOption('--policy <file>', 'policy document (docs/policy.schema.json)')
  .action(async (options: { policy: string }, command: Command) => {
    const policy = parsePolicyText(await readFile(options.policy, 'utf8'));
    const document = new TextEncoder().encode(canonicalPolicy(policy));
    return withParty(command, async (party, common) => {
      const contract = await contractAddress(party, report);
      const room = newHostRoom(contract, policy);
      await saveRoom(party.home, room);
      await saveBlob(party.home, room.roomId, room.policyDocument, document);
      await party.relay.put(document);
      report({ message: 'creating the room' });
      const header = await party.connection.node.getBlockHeader('latest');
      const now = BigInt(header!.globalVariables.timestamp);
      const txHash = await createRoom(await contractClient(party, contract), party.prover, room, policy, now);
      const invites = invitesOf(room);
      print(
        common.json,
        { room: fieldToHex(room.roomId), contract: fieldToHex(contract), txHash, invites },
        `Room ${fieldToHex(room.roomId)}\n${inviteText(invites)}`,
      );
    });
  });

program
  .command('invite')
  .description('print the invites of a room that this party hosts')
  .argument('[room]', 'room id; not needed where this party has one room')
  .action((id: string | undefined, _options: unknown, command: Command) =>
    withHome(command, async (home, common) => {
      const room = await pickRoom(home, id);
      if (!room.inviteSecrets) throw new Error('Only the host of a room has its invites.');
      const invites = invitesOf(room);
      print(common.json, { room: fieldToHex(room.roomId), invites }, inviteText(invites));
    }),
  );

program
  .command('join')
  .description('take the slot of an invite')
  .argument('<invite>', 'the line that the host sent, or - to read it from standard input')
  .action(async (text: string, _options: unknown, command: Command) => {
    const invite = decodeInvite(text === '-' ? (await readStdin()).trim() : text);
    return withParty(command, async (party, common) => {
      const { view } = await readRoom({ ...party, contract: invite.contract }, invite.roomId);
      const { document_high: high, document_low: low } = view.policy;
      const document = fieldToHex(high).slice(-32) + fieldToHex(low).slice(-32);
      const existing = await loadRoom(party.home, invite.roomId);
      if (existing && (existing.contract !== invite.contract || existing.policyDocument !== document)) {
        throw new Error('This party has another room of this id: join this one with another folder (--home).');
      }
      const policy = await (existing
        ? policyOf(party.home, party.relay, existing)
        : fetchPolicy(party.relay, document));
      await checkTerms(view, policy, party.prover);
      if (existing?.slot !== undefined && existing.slot !== invite.slot && holdsSlot(existing, view)) {
        throw new Error(
          `This party has slot ${existing.slot} of this room: another slot needs another folder (--home).`,
        );
      }
      const { contract, roomId, slot, secret: inviteSecret } = invite;
      const room: LocalRoom = existing
        ? { ...existing, slot, inviteSecret }
        : newLocalRoom({ roomId, contract, slot, inviteSecret, policyDocument: document });
      await saveRoom(party.home, room);
      const session = await openSession(party, room, report);
      report({ message: `taking slot ${slot}` });
      const txHash = await unlessDone(session, (now) => holdsSlot(room, now), takeSlot);
      print(
        common.json,
        { room: fieldToHex(roomId), slot, txHash, policy },
        `You have slot ${slot}. What the room is for:\n\n${policySummary(policy)}\n\nIf you agree: room approve`,
      );
    });
  });

act('approve', "approve the room's policy for your slot", (session) =>
  unlessDone(session, (view) => view.slots[ownSlot(session.room)]?.approved ?? false, approvePolicy),
);

roomCommand('commit', 'commit to the identifiers of a CSV file; nothing leaves this machine')
  .requiredOption('--csv <file>', 'CSV file with a header line')
  .requiredOption('--id <column>', "name of the identifier's column")
  .option('--delimiter <character>', 'what separates the columns', ',')
  .action((id: string | undefined, options: { csv: string; id: string; delimiter: string }, command: Command) => {
    const read = ({ identifier, minRows, maxRows }: Policy) =>
      readIdentifiers({
        file: options.csv,
        column: options.id,
        type: identifier.type,
        minRows,
        maxRows,
        delimiter: options.delimiter,
      });
    return withSession(command, id, read, async (session, common, { dataset, rows, duplicates }) => {
      report({ message: 'committing' });
      const txHash = await unlessDone(
        session,
        (view) => hasCommitted(session.room, view, dataset),
        (_, view) => commitDataset(session, view, dataset),
      );
      print(
        common.json,
        { txHash, rows, identifiers: dataset.length, duplicates },
        `Committed to ${dataset.length} distinct identifiers of ${rows} rows. Next: room run`,
      );
    });
  });

roomCommand(
  'run',
  "do this slot's next steps until there are none; can be stopped and started again at any time",
).action((id: string | undefined, _options: unknown, command: Command) =>
  withSession(command, id, nothing, async (session, common) => {
    const turn = await run(session);
    if (turn.outcome === 'decision') {
      print(
        common.json,
        { state: 'decision due', step: turn.step },
        `Your decision is due: room ${COMMAND[turn.step]}`,
      );
      process.exitCode = 3;
      return;
    }
    if (turn.outcome !== 'finished') throw new Error('the session stopped early');
    const { state, result } = turn.view;
    print(common.json, { state, result }, resultText(turn.view));
    if (!result) process.exitCode = 1;
  }),
);

roomCommand('status', 'show a room, and what it waits for').action(
  (id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      const { view, events } = await readOwn(session);
      const next = session.room.slot === undefined ? undefined : nextStep(view, session.room.slot);
      const slots = view.slots.map((slot, i) => ({
        slot: i,
        label: session.policy.parties[i].label,
        taken: slot !== undefined,
        approved: slot?.approved ?? false,
        committed: slot?.dataset !== undefined,
        blinded: view.lists[i][0] !== undefined,
        share: slot?.share !== undefined,
      }));
      const lines = slots.map(
        (s) =>
          `  ${s.slot} ${s.label}: ${
            Object.entries(s)
              .flatMap(([name, value]) => (value === true ? [name] : []))
              .join(', ') || 'open'
          }`,
      );
      const waits = next?.kind === 'wait' ? `waits for ${next.on}` : next ? `your next step: ${next.kind}` : '';
      print(
        common.json,
        {
          room: fieldToHex(view.roomId),
          state: view.state,
          slots,
          next,
          result: view.result,
          deadlines: view.terms.deadlines,
          events: events.length,
        },
        [`Room ${fieldToHex(view.roomId)} is ${view.state}`, ...lines, isOver(view) ? resultText(view) : waits].join(
          '\n',
        ),
      );
    }),
);

act('revoke', "withdraw your slot's consent: the room ends for everyone", (session) => revokeConsent(session));
act('cancel', 'host: end a room that has no result yet', (session) => cancelRoom(session));
act('close', 'host: close a room whose result stands', (session) => closeRoom(session));
act('expire', 'end a room whose deadline has passed', (session) => expireRoom(session));

roomCommand('receipt', 'write the receipt of a room that has a result')
  .option('--out <file>', 'file to write', 'receipt.json')
  .action((id: string | undefined, options: { out: string }, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      const { view, events } = await readOwn(session);
      await restoreBlobs(session, view);
      const receipt = await buildReceipt(session, view, events);
      await writeFile(options.out, `${JSON.stringify(receipt, null, 2)}\n`);
      print(
        common.json,
        { file: options.out, digest: receipt.digest, result: receipt.result },
        `Receipt: ${options.out}`,
      );
    }),
  );

program
  .command('verify')
  .description('check a receipt: every proof, digest and rule, and the chain’s record; needs no account')
  .argument('<receipt>', 'receipt file')
  .option('--allow-dev-srs', 'accept the development reference string, whose secret is public', false)
  .option('--offline', 'do not compare with the chain', false)
  .option('--node <url>', 'node to compare with', nodeUrl, config.network.url)
  .action(async (file: string, options: { allowDevSrs: boolean; offline: boolean; node: string }, command: Command) => {
    const { json } = command.optsWithGlobals<Common>();
    const verdict = await verifyFile(file, {
      allowDevSrs: options.allowDevSrs,
      nodeUrl: options.offline ? undefined : options.node,
      onCheck: ({ title, status }) => report({ message: `${title}: ${status}` }),
    });
    print(json, verdict, verdictText(verdict));
    if (!verdict.verified) process.exitCode = 1;
  });

program
  .command('rehearse')
  .description('play every party of a room on the configured network and print the released result')
  .requiredOption('--policy <file>', 'policy document')
  .requiredOption(
    '--slot <file>',
    'CSV file of a slot; once per slot, in order',
    (file, files: string[]) => [...files, file],
    [],
  )
  .option('--id <column>', "identifier column, where it is not the policy's")
  .option('--out <dir>', "folder for the parties' state and the receipt")
  .option('--node <url>', 'node of the network', nodeUrl, config.network.url)
  .action(
    async (options: { policy: string; slot: string[]; id?: string; out?: string; node: string }, command: Command) => {
      const { json } = command.optsWithGlobals<Common>();
      const done = await rehearse({
        policyFile: options.policy,
        slotFiles: options.slot,
        idColumn: options.id,
        out: options.out,
        nodeUrl: options.node,
        report: (label) => progressTo(process.stderr, label),
      });
      const { roomId, contract, ...rest } = done;
      print(
        json,
        { room: fieldToHex(roomId), contract: fieldToHex(contract), ...rest },
        `${done.result.suppressed ? 'The overlap lies below k and is suppressed.' : `The overlap is ${done.result.count}.`}\nReceipt: ${done.receiptFile}`,
      );
    },
  );

const COMMAND = { 'take-slot': 'join <invite>', approve: 'approve', commit: 'commit --csv FILE --id COLUMN' } as const;

/** A command about one room of this party. */
function roomCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[room]', 'room id; not needed where this party has one room');
}

/** A command that sends one transaction and prints its hash. */
function act(name: string, description: string, send: (session: Session) => Promise<string | undefined>): void {
  roomCommand(name, description).action((id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      report({ message: `sending: ${name}` });
      const txHash = await send(session);
      print(
        common.json,
        { done: name, txHash },
        txHash ? `Done: ${name} (transaction ${txHash})` : `Done before: ${name}`,
      );
    }),
  );
}

/**
 * Sends an act unless the chain has it already: a command that was killed after sending can simply be given again.
 * Returns the transaction's hash, or undefined where nothing was left to send.
 */
async function unlessDone(
  session: Session,
  isDone: (view: RoomView) => boolean,
  send: (session: Session, view: RoomView) => Promise<string>,
): Promise<string | undefined> {
  const { view } = await readOwn(session);
  if (isDone(view)) return undefined;
  try {
    return await send(session, view);
  } catch (error) {
    // What was sent before may land between looking and sending.
    if (error instanceof ContractRefusal && isDone((await readOwn(session)).view)) return undefined;
    throw error;
  }
}

function nodeUrl(value: string): string {
  if (!/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
    throw new InvalidArgumentError('It must be an http or https URL.');
  return value;
}

async function withHome(command: Command, body: (home: Home, common: Common) => Promise<void>): Promise<void> {
  const common = command.optsWithGlobals<Common>();
  await initField();
  const home = await openHome(common.home);
  try {
    await body(home, common);
  } finally {
    await home.release();
  }
}

function withParty(command: Command, body: (party: Party, common: Common) => Promise<void>): Promise<void> {
  return withHome(command, (home, common) => withPartyOf(home, (party) => body(party, common)));
}

async function withPartyOf(home: Home, body: (party: Party) => Promise<void>): Promise<void> {
  const connection = await connect();
  const reader = await openReader();
  try {
    const party = await openPartyOf(reader, connection, home);
    try {
      await body(party);
    } finally {
      await party.close();
    }
  } finally {
    await reader.close();
  }
}

/** `prepare` looks at what the command was given before anything slow is started for it. */
function withSession<T>(
  command: Command,
  id: string | undefined,
  prepare: (policy: Policy) => Promise<T>,
  body: (session: Session, common: Common, prepared: T) => Promise<void>,
): Promise<void> {
  return withHome(command, async (home, common) => {
    const room = await pickRoom(home, id);
    const prepared = await prepare(await policyOf(home, openRelay(), room));
    await withPartyOf(home, async (party) => body(await openSession(party, room, report), common, prepared));
  });
}

async function nothing(): Promise<void> {}

async function pickRoom(home: Home, id: string | undefined): Promise<LocalRoom> {
  if (id !== undefined) {
    const room = await loadRoom(home, parseField(id, 'room id'));
    if (!room)
      throw new Error(`This party has no record of room ${id}. Join it with an invite, or name another --home.`);
    return room;
  }
  const ids = await listRooms(home);
  if (ids.length === 1) return (await loadRoom(home, ids[0]))!;
  throw new Error(
    ids.length === 0
      ? 'This party has no room yet: create one, or join with an invite.'
      : `This party has ${ids.length} rooms, name one:\n${ids.map((room) => `  ${fieldToHex(room)}`).join('\n')}`,
  );
}

function readOwn(session: Session) {
  return readRoom({ ...session, contract: session.contract.address }, session.room.roomId);
}

function invitesOf({ contract, roomId, inviteSecrets }: LocalRoom): string[] {
  return inviteSecrets!.map((secret, slot) => encodeInvite({ contract, roomId, slot, secret }));
}

function inviteText(invites: readonly string[]): string {
  return `Send each invite privately to one party; it works once.\n${invites.map((invite, slot) => `slot ${slot}: ${invite}`).join('\n')}`;
}

function resultText(view: RoomView): string {
  if (!view.result) return `The room was ${view.state}: no result was released.`;
  return view.result.suppressed
    ? `The overlap lies below k = ${view.terms.k} and is suppressed.`
    : `The overlap is ${view.result.count}.`;
}

async function readStdin(): Promise<string> {
  let text = '';
  for await (const part of process.stdin) text += part;
  return text;
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`room: ${explain(error)}\n`);
  if (process.env.ROOM_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
// Open handles of the PXE's worker threads would keep the process alive for nothing.
process.exit();
