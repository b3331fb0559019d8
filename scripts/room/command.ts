/** What the commands have in common: whose folder, which room, and how an act is sent and told. */
import { InvalidArgumentError, type Command } from 'commander';
import { FLAG_IDS, type Flag } from '../../app/lib/check/flags.ts';
import { fieldToHex, parseField } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { Policy } from '../../app/lib/policy/policy.ts';
import type { Progress, Session } from '../../app/lib/room/session.ts';
import { listRooms, loadRoom, openHome, type Home, type LocalRoom } from '../../app/lib/room/store.ts';
import { connect, openPartyOf, openReader, openSession, type Party } from '../../app/server/party/environment.ts';
import { openRelay, policyOf } from '../../app/server/party/policy-copy.ts';
import { print, progressTo } from './output.ts';

export { onLatest, readOwn, resultText, unlessDone } from '../../app/server/party/acting.ts';
export { amountOption, fieldOption, nodeUrl } from './options.ts';

/** Options that every command takes. */
export type Common = { readonly home: string; readonly json: boolean };

/** Tells how far a command is, on standard error. */
export const report: (progress: Progress) => void = progressTo(process.stderr);

/** A command about one room of this party. */
export function roomCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[room]', 'room id; not needed where this party has one room');
}

/** A command that sends one transaction and prints its hash. */
export function actCommand(
  program: Command,
  name: string,
  description: string,
  send: (session: Session) => Promise<string | undefined>,
): void {
  roomCommand(program, name, description).action((id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      report({ message: `sending: ${name}` });
      tellDone(common, name, await send(session));
    }),
  );
}

/** Prints that an act is done, by a transaction or before. */
export function tellDone({ json }: Common, name: string, txHash: string | undefined, more: object = {}): void {
  print(
    json,
    { done: name, txHash, ...more },
    txHash ? `Done: ${name} (transaction ${txHash})` : `Done before: ${name}`,
  );
}

/** Runs `body` with the party's folder open. */
export async function withHome(command: Command, body: (home: Home, common: Common) => Promise<void>): Promise<void> {
  const common = command.optsWithGlobals<Common>();
  await initField();
  const home = await openHome(common.home);
  try {
    await body(home, common);
  } finally {
    await home.release();
  }
}

/** Runs `body` with the party's folder and wallet open. */
export function withParty(command: Command, body: (party: Party, common: Common) => Promise<void>): Promise<void> {
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

/**
 * Runs `body` with the party's session in a room.
 * @param prepare looks at what the command was given before anything slow is started for it
 */
export function withSession<T>(
  command: Command,
  id: string | undefined,
  prepare: (policy: Policy, room: LocalRoom) => Promise<T>,
  body: (session: Session, common: Common, prepared: T) => Promise<void>,
): Promise<void> {
  return withHome(command, async (home, common) => {
    const room = await pickRoom(home, id);
    const prepared = await prepare(await policyOf(home, openRelay(), room), room);
    await withPartyOf(home, async (party) => body(await openSession(party, room, report), common, prepared));
  });
}

/** For commands that were given nothing to look at. */
export async function nothing(): Promise<void> {}

/** The room that a command names, or the party's only one. */
export async function pickRoom(home: Home, id: string | undefined): Promise<LocalRoom> {
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

/** Collects an option that may be given several times: ids of red flags. */
export function flagOption(value: string, before: readonly Flag['id'][]): Flag['id'][] {
  const id = FLAG_IDS.find((each) => each === value);
  if (id === undefined) throw new InvalidArgumentError(`It must be one of: ${FLAG_IDS.join(', ')}.`);
  return [...before, id];
}

/** The text of standard input. */
export async function readStdin(): Promise<string> {
  let text = '';
  for await (const part of process.stdin) text += part;
  return text;
}
