/** Commands about roles: granting and revoking them. */
import { Option, type Command } from 'commander';
import { fieldToHex, parseField } from '../../../app/lib/field/field.ts';
import { decodeGrant, encodeGrant, grantCommitment, type Role } from '../../../app/lib/room/grant.ts';
import { giveRole, takeRoleBack } from '../../../app/server/party/roles.ts';
import { fieldOption, nothing, roomCommand, tellDone, withSession } from '../command.ts';
import { print } from '../output.ts';

/** Adds the commands. */
export function roleCommands(program: Command): void {
  roomCommand(program, 'grant', 'grant a role to another account; prints the link to send to its owner')
    .addOption(
      new Option('--role <role>', 'approver: approves for your slot, too; auditor: records audit reports')
        .choices(['approver', 'auditor'])
        .makeOptionMandatory(),
    )
    .requiredOption('--to <address>', 'the account, as its owner’s "room account" prints it', fieldOption)
    .option('--as-host', 'grant for the whole room, as its host', false)
    .action((id: string | undefined, options: { role: Role; to: bigint; asHost: boolean }, command: Command) =>
      withSession(command, id, nothing, async (session, common) => {
        const as = options.asHost ? 'host' : 'slot';
        const { grant, txHash } = await giveRole(session, as, options.role, options.to);
        const link = encodeGrant(grant);
        const commitment = fieldToHex(grantCommitment(grant));
        print(
          common.json,
          { txHash, grant: commitment, link },
          `Send this privately to the account's owner:\n${link}\nTake it back with: room revoke-role ${commitment}`,
        );
      }),
    );

  program
    .command('revoke-role')
    .description('take a role back that you granted')
    .argument('<grant>', 'the grant, as "room grant" and "room status" print it, or its link')
    .argument('[room]', 'room id; not needed where this party has one room')
    .action((text: string, id: string | undefined, _options: unknown, command: Command) => {
      const commitmentOf = async () =>
        text.startsWith('0x') ? parseField(text, 'grant') : grantCommitment(decodeGrant(text));
      return withSession(command, id, commitmentOf, async (session, common, commitment) => {
        tellDone(common, 'revoke-role', await takeRoleBack(session, commitment));
      });
    });
}
