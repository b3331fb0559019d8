/** The `room` command with all of its commands, or with those alone that need no network. */
import { Command, Option } from 'commander';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { egressCommand } from './commands/egress.ts';
import { policyCommands } from './commands/policy.ts';

/** Commands that do not load the network's libraries, which takes seconds. */
const QUICK: readonly (string | undefined)[] = ['policy', 'egress', 'config'];

/**
 * Makes the program. It ends by throwing commander's `CommanderError` where it has printed help, or was given what it does not know.
 * @param command the command that will be given, if that is known: others may be left out
 */
export async function roomProgram(command?: string): Promise<Command> {
  const program = new Command('room')
    .description('Private data collaboration rooms on Aztec: joint numbers with proofs, no rows shared.')
    // Before the commands are made: they take it over.
    .exitOverride()
    .showHelpAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addOption(
      new Option('--home <dir>', "this party's folder: account, keys, private state").env('ROOM_HOME').default('.room'),
    )
    .addOption(
      new Option(
        '--config <file>',
        'JSON file with settings; else room.json of zk-clean-room in your configuration',
      ).env('ROOM_CONFIG'),
    )
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', HELP);
  if (!QUICK.includes(command)) {
    const { networkCommands } = await import('./commands/network.ts');
    networkCommands(program);
  }
  policyCommands(program);
  egressCommand(program);
  configCommand(program);
  completionCommand(program);
  return program;
}

const HELP = `
A room, step by step:
  host          room create --policy policy.json       prints an invite per slot
  each slot     room join zkcr1...                     reads the policy, takes the slot
                room approve                           agrees to exactly this policy
                room deposit; room stake               where the policy has a fee or a stake
                room check --csv FILE --id COLUMN      looks at the data and raises red flags; nothing leaves
                room commit --csv FILE --id COLUMN     fixes the data and proves that they keep the rules
                room run                               does every further step, until the result
                room claim; room refund                gets money out of the escrow
                room delete                            deletes the data and attests to it
  an approver   room approve --as zkcg1...             with the link that a slot's "room grant" printed
  an auditor    room audit ROOM; room record-audit zkcg1... --report FILE
  before that   room policy show policy.json           says in words what it means, for whoever has to agree
  afterwards    room egress                            what left this machine
  anyone        room verify receipt.json               checks the result; needs no account
  your shell    room completion bash                   completes commands and options

Exit codes: 0 done, 1 refused or failed (the message says why), 2 wrong usage, 3 a decision of yours is due,
or a red flag stands.`;
