/** The `room` command: `npm run -s room -- <command> [options]`. */
import './room/quiet.ts';
import './room/settings.ts';
import { Command, Option } from 'commander';
import { auditCommands } from './room/commands/audit.ts';
import { hostCommands } from './room/commands/host.ts';
import { moneyCommands } from './room/commands/money.ts';
import { readingCommands } from './room/commands/reading.ts';
import { rehearseCommand } from './room/commands/rehearse.ts';
import { roleCommands } from './room/commands/roles.ts';
import { slotCommands } from './room/commands/slot.ts';
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
                room commit --csv FILE --id COLUMN     fixes the data and proves that they keep the rules
                room run                               does every further step, until the result
                room claim; room refund                gets money out of the escrow
                room delete                            deletes the data and attests to it
  an approver   room approve --as zkcg1...             with the link that a slot's "room grant" printed
  an auditor    room audit ROOM; room record-audit zkcg1... --report FILE
  anyone        room verify receipt.json               checks the result; needs no account

Exit codes: 0 done, 1 refused or failed (the message says why), 2 wrong usage, 3 a decision of yours is due.`,
  );

hostCommands(program);
slotCommands(program);
moneyCommands(program);
roleCommands(program);
readingCommands(program);
auditCommands(program);
rehearseCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`room: ${explain(error)}\n`);
  if (process.env.ROOM_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
// Open handles of the PXE's worker threads would keep the process alive for nothing.
process.exit();
