/** Commands of a room's host, and of whoever offers the contracts of a network. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fieldToHex } from '../../../app/lib/field/field.ts';
import { parsePolicyText } from '../../../app/lib/policy/policy.ts';
import { cancelRoom, closeRoom } from '../../../app/lib/room/acts.ts';
import { invitesOf } from '../../../app/lib/room/invite.ts';
import { actCommand, fieldOption, pickRoom, report, withHome, withParty } from '../command.ts';
import { deployAll } from '../../../app/server/party/deploy.ts';
import { deploymentOf } from '../../../app/server/party/environment.ts';
import { hostRoom, type TemplateOptions } from '../../../app/server/party/hosting.ts';
import { print } from '../output.ts';

type CreateOptions = TemplateOptions & { readonly policy: string };

/** Adds the commands. */
export function hostCommands(program: Command): void {
  program
    .command('create')
    .description('open a room with a policy; prints the invites')
    .requiredOption('--policy <file>', 'policy document (docs/policy.schema.json)')
    .option('--high-risk', 'two accounts have to approve for every slot')
    .option('--template <id>', 'id of the template, where it is not the one of this software', fieldOption)
    .action(async (options: CreateOptions, command: Command) => {
      const policy = parsePolicyText(await readFile(options.policy, 'utf8'));
      return withParty(command, async (party, common) => {
        const deployment = await deploymentOf(party, report);
        const { room, txHash } = await hostRoom(party, deployment, policy, report, options);
        const invites = invitesOf(room);
        print(
          common.json,
          { room: fieldToHex(room.roomId), contract: fieldToHex(room.contract), txHash, invites },
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

  actCommand(program, 'cancel', 'host: end a room that has no result yet', (session) => cancelRoom(session));
  actCommand(program, 'close', 'host: close a room whose result stands', (session) => closeRoom(session));

  program
    .command('deploy')
    .description(
      'deploy the contracts of this software on a network that has none; this account becomes the templates’ author',
    )
    .requiredOption('--treasury <address>', 'account that gets the treasury’s shares of fees', fieldOption)
    .action((options: { treasury: bigint }, command: Command) =>
      withParty(command, async (party, common) => {
        report({ message: 'deploying the contracts' });
        const { registry, rooms, templates } = await deployAll({ ...party, report }, party.wallet, options.treasury);
        print(
          common.json,
          { registry: fieldToHex(registry), rooms: fieldToHex(rooms), templates: hexOf(templates) },
          [
            `Registry: ${fieldToHex(registry)}`,
            `Rooms: ${fieldToHex(rooms)}`,
            ...Object.entries(hexOf(templates)).map(([name, id]) => `Template ${name}: ${id}`),
          ].join('\n'),
        );
      }),
    );
}

function inviteText(invites: readonly string[]): string {
  return `Send each invite privately to one party; it works once.\n${invites.map((invite, slot) => `slot ${slot}: ${invite}`).join('\n')}`;
}

function hexOf(fields: Readonly<Record<string, bigint>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldToHex(value)]));
}
