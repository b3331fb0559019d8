/** The command that plays all parties at once. */
import type { Command } from 'commander';
import { loadConfig } from '../../../aztec.config.ts';
import { fieldToHex } from '../../../app/lib/field/field.ts';
import { amountOption, nodeUrl, type Common } from '../command.ts';
import { print, progressTo } from '../output.ts';
import { rehearse } from '../rehearse.ts';
import { s3Option, SOURCES } from '../source.ts';

const config = loadConfig();

type Options = {
  readonly policy: string;
  readonly slot: string[];
  readonly s3Endpoint?: string;
  readonly id?: string;
  readonly fee?: bigint;
  readonly stake?: bigint;
  readonly out?: string;
  readonly node: string;
};

/** Adds the command. */
export function rehearseCommand(program: Command): void {
  s3Option(program.command('rehearse'))
    .description('play every party of a room on the configured network and print the released result')
    .requiredOption('--policy <file>', 'policy document')
    .requiredOption(
      '--slot <source>',
      `source of a slot, once per slot, in order: ${SOURCES}`,
      (source, sources: string[]) => [...sources, source],
      [],
    )
    .option('--id <column>', "identifier column, where it is not the policy's")
    .option('--fee <amount>', 'fee that the slots pay in sample tokens, on a local network', amountOption)
    .option('--stake <amount>', 'stake of every slot in sample tokens, on a local network', amountOption)
    .option('--out <dir>', "folder for the parties' state and the receipt")
    .option('--node <url>', 'node of the network', nodeUrl, config.network.url)
    .action(async ({ fee, stake, ...options }: Options, command: Command) => {
      const { json } = command.optsWithGlobals<Common>();
      const done = await rehearse({
        policyFile: options.policy,
        slotFiles: options.slot,
        s3Endpoint: options.s3Endpoint,
        idColumn: options.id,
        ...(fee === undefined && stake === undefined ? {} : { money: { fee, stake } }),
        out: options.out,
        nodeUrl: options.node,
        report: (label) => progressTo(process.stderr, label),
      });
      const { roomId, contract, lines: _, ...rest } = done;
      const balances = done.balances ? [`Balances: ${done.balances.join(', ')} token units`] : [];
      print(
        json,
        { room: fieldToHex(roomId), contract: fieldToHex(contract), ...rest },
        [...done.lines, ...balances, `Receipt: ${done.receiptFile}`].join('\n'),
      );
    });
}
