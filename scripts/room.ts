/** The `room` command: `npm run -s room -- <command> [options]`. */
import './room/quiet.ts';
import './room/settings.ts';
import { parseArgs } from 'node:util';
import { Command, Option } from 'commander';
import { egressCommand } from './room/commands/egress.ts';
import { policyCommands } from './room/commands/policy.ts';
import { explain } from './room/output.ts';

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

Exit codes: 0 done, 1 refused or failed (the message says why), 2 wrong usage, 3 a decision of yours is due,
or a red flag stands.`,
  );

// All but these need the network's libraries, which take seconds to load.
if (!['policy', 'egress'].includes(commandName() ?? '')) {
  const { networkCommands } = await import('./room/commands/network.ts');
  networkCommands(program);
}
policyCommands(program);
egressCommand(program);

/** The command that is given, if there is one: the first word that is neither an option nor the value of one. */
function commandName(): string | undefined {
  const options = { home: { type: 'string' }, json: { type: 'boolean' } } as const;
  return parseArgs({ options, strict: false, allowPositionals: true }).positionals[0];
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
