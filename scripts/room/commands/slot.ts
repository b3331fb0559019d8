/** Commands of a slot, in the order of a room's life. */
import type { Command } from 'commander';
import { fieldToHex } from '../../../app/lib/field/field.ts';
import { rowCount } from '../../../app/lib/protocol/dataset.ts';
import { openTable } from '../../../app/lib/connector/open.ts';
import { policySummary } from '../../../app/lib/policy/policy.ts';
import { dispute, expireRoom, leaveOut, ownSlot, revokeConsent } from '../../../app/lib/room/acts.ts';
import { run, type Decision } from '../../../app/lib/room/engine.ts';
import { decodeGrant } from '../../../app/lib/room/grant.ts';
import { decodeInvite } from '../../../app/lib/room/invite.ts';
import { isOver } from '../../../app/lib/room/next.ts';
import { approveOwn, type ApprovalOptions } from '../../../app/server/party/approval.ts';
import {
  actCommand,
  flagOption,
  nothing,
  readStdin,
  report,
  resultText,
  roomCommand,
  tellDone,
  unlessDone,
  withParty,
  withSession,
  type Common,
} from '../command.ts';
import { deploymentOf } from '../../../app/server/party/environment.ts';
import { deleteOwn } from '../../../app/server/party/deleting.ts';
import { regionOption } from '../options.ts';
import { print } from '../output.ts';
import { joinRoom } from '../../../app/server/party/joining.ts';
import { commitChecked, readChecked } from '../../../app/server/party/precheck.ts';
import { recoverRooms } from '../../../app/server/party/recover.ts';
import { approveForGrantor } from '../../../app/server/party/roles.ts';
import { sourceOf, sourceOptions, SOURCES, type SourceOptions } from '../source.ts';

/** What `commit` is given. */
type CommitOptions = SourceOptions & ApprovalOptions & { readonly id: string };

const OVERRIDE = 'although this red flag stands, where the policy lets you and two accounts approve; may be repeated';

/** The command that makes each decision. */
const COMMANDS: Record<Decision, string> = {
  'take-slot': 'join <invite>',
  approve: 'approve',
  pay: 'deposit, stake (whoever owes it)',
  commit: 'commit --csv FILE --id COLUMN',
};

/** Adds the commands. */
export function slotCommands(program: Command): void {
  program
    .command('join')
    .description('take the slot of an invite')
    .argument('<invite>', 'the line that the host sent, or - to read it from standard input')
    .action(async (text: string, _options: unknown, command: Command) => {
      const invite = decodeInvite(text === '-' ? (await readStdin()).trim() : text);
      return withParty(command, async (party, common) => {
        const { roomId, slot } = invite;
        const { policy, txHash } = await joinRoom(party, invite, report);
        print(
          common.json,
          { room: fieldToHex(roomId), slot, txHash, policy },
          `You have slot ${slot}. What the room is for:\n\n${policySummary(policy)}\n\nIf you agree: room approve`,
        );
      });
    });

  program
    .command('recover')
    .description('find the rooms of this account on the chain again, after its folder was lost but for identity.json')
    .action((_options: unknown, command: Command) =>
      withParty(command, async (party, common) => {
        const { rooms: contract } = await deploymentOf(party, report);
        const rooms = await recoverRooms(party, contract, report);
        print(
          common.json,
          {
            rooms: rooms.map(({ roomId, slot, hostSecret }) => ({
              room: fieldToHex(roomId),
              slot,
              host: hostSecret !== undefined,
            })),
          },
          rooms.length === 0
            ? 'No room on the chain is this account’s.'
            : rooms
                .map(({ roomId, slot, hostSecret }) => `${fieldToHex(roomId)}: ${rolesText(slot, hostSecret)}`)
                .join('\n'),
        );
      }),
    );

  roomCommand(program, 'approve', "approve the room's policy for your slot")
    .option('--as <grant>', 'approve for the slot that granted you the role; needs no record of the room')
    .addOption(regionOption())
    .option('--override <flag>', `approve ${OVERRIDE}`, flagOption, [])
    .action((id: string | undefined, { as, ...options }: ApprovalOptions & { as?: string }, command: Command) =>
      as === undefined ? approveSlot(id, options, command) : approveAsGrantee(as, options, command),
    );

  sourceOptions(
    roomCommand(program, 'commit', 'commit to the rows of a data source, and prove that they keep the rules')
      .option('--csv <file>', 'CSV file with a header line; nothing of it leaves this machine')
      .option('--source <source>', SOURCES)
      .requiredOption('--id <column>', "name of the identifier's column")
      .addOption(regionOption())
      .option('--override <flag>', `commit ${OVERRIDE}`, flagOption, []),
  ).action((id: string | undefined, options: CommitOptions, command: Command) => {
    const where = sourceOf(options);
    const folder = command.optsWithGlobals<Common>().home;
    return withSession(
      command,
      id,
      async (policy, room) =>
        readChecked(await openTable(where, options), {
          ...{
            policy,
            roomId: room.roomId,
            slot: ownSlot(room),
            folder,
            column: options.id,
            overridden: options.override,
            report,
          },
          region: options.region,
        }),
      async (session, common, checked) => {
        const { dataset, rows, duplicates } = checked.identifiers;
        const txHash = await commitChecked(session, checked);
        print(
          common.json,
          { txHash, rows, identifiers: rowCount(dataset), duplicates, flags: checked.flags.map((flag) => flag.id) },
          dataset.values
            ? `Committed to ${rows} rows with ${dataset.values[0].length} values each. Next: room run`
            : `Committed to ${rowCount(dataset)} distinct identifiers of ${rows} rows. Next: room run`,
        );
      },
    );
  });

  roomCommand(
    program,
    'run',
    "do this slot's next steps until there are none; can be stopped and started again at any time",
  ).action((id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      const turn = await run(session);
      if (turn.outcome === 'decision') {
        print(
          common.json,
          { state: 'decision due', step: turn.step },
          `Your decision is due: room ${COMMANDS[turn.step]}`,
        );
        process.exitCode = 3;
        return;
      }
      if (turn.outcome !== 'finished') throw new Error('the session stopped early');
      const { view } = turn;
      const left = !isOver(view);
      print(
        common.json,
        { state: left ? 'left out' : view.state, result: view.result },
        left ? 'The room goes on without this slot.' : await resultText(view, session),
      );
      if (!view.result) process.exitCode = 1;
    }),
  );

  actCommand(program, 'revoke', "withdraw your slot's consent: the room goes on without you, or ends", (session) =>
    revokeConsent(session),
  );
  actCommand(
    program,
    'dispute',
    'state that you cannot go on, since a list is withheld or refused: nobody loses its stake then',
    (session) => unlessDone(session, ({ progress }) => progress.disputed, dispute),
  );
  actCommand(program, 'leave-out', 'let the room go on without the slots that missed their deadline', (session) =>
    leaveOut(session),
  );
  actCommand(program, 'expire', 'end a room whose deadline has passed', (session) => expireRoom(session));

  roomCommand(
    program,
    'delete',
    'delete this room’s data from your folder and attest to it; make its receipt before',
  ).action((id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      const { txHash, ...deleted } = await deleteOwn(session);
      tellDone(common, 'delete', txHash, deleted);
    }),
  );
}

function approveSlot(id: string | undefined, options: ApprovalOptions, command: Command): Promise<void> {
  return withSession(command, id, nothing, async (session, common) => {
    tellDone(common, 'approve', await approveOwn(session, options));
  });
}

function approveAsGrantee(link: string, options: ApprovalOptions, command: Command): Promise<void> {
  const grant = decodeGrant(link);
  return withParty(command, async (party, common) => {
    tellDone(common, 'approve', await approveForGrantor(party, grant, options, report));
  });
}

function rolesText(slot: number | undefined, hostSecret: bigint | undefined): string {
  return [...(hostSecret === undefined ? [] : ['host']), ...(slot === undefined ? [] : [`slot ${slot}`])].join(' and ');
}
