/** Commands about fees and stakes. */
import { readFile, writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { loadConfig } from '../../../aztec.config.ts';
import { connectNode } from '../../../app/lib/chain/node.ts';
import { eventSelectors } from '../../../app/lib/chain/log.ts';
import { expectPayments } from '../../../app/lib/escrow/escrow.ts';
import { makeInvoice, verifyInvoice } from '../../../app/lib/escrow/invoice.ts';
import { openToken } from '../../../app/lib/escrow/token.ts';
import { fieldToHex } from '../../../app/lib/field/field.ts';
import { initField } from '../../../app/lib/field/poseidon2.ts';
import { partName } from '../../../app/lib/room/dues.ts';
import { openRoomEscrow } from '../../../app/lib/room/money.ts';
import {
  actCommand,
  amountOption,
  fieldOption,
  nodeUrl,
  nothing,
  readOwn,
  report,
  roomCommand,
  withParty,
  withSession,
  type Common,
} from '../command.ts';
import { knownRooms, mintSample, sampleToken } from '../../../app/server/party/deploy.ts';
import {
  claimAll,
  confirmOwn,
  partsFor,
  payDue,
  refundAll,
  takenLines,
  type Taken,
  type What,
} from '../../../app/server/party/money.ts';
import { print } from '../output.ts';

const config = loadConfig();

/** Adds the commands. */
export function moneyCommands(program: Command): void {
  program
    .command('account')
    .description("print the address of this party's account, for whoever grants it a role or sends it tokens")
    .option('--token <address>', 'token whose balance is printed, too', fieldOption)
    .option('--expect <address>', 'look for private tokens that this account or escrow sends, from now on', fieldOption)
    .action((options: { token?: bigint; expect?: bigint }, command: Command) =>
      withParty(command, async ({ connection, wallet }, common) => {
        if (options.expect !== undefined) await expectPayments(wallet, options.expect);
        const address = fieldToHex(wallet.address.toBigInt());
        const token = options.token === undefined ? undefined : await openToken(connection, wallet, options.token);
        const balance = await token?.balance();
        print(
          common.json,
          { address, balance },
          balance === undefined ? address : `${address}\n${balance} token units, held in private`,
        );
      }),
    );

  program
    .command('mint')
    .description('give this account sample tokens, which are worth nothing; on a local network')
    .argument('<amount>', 'token units', amountOption)
    .action((amount: bigint, _options: unknown, command: Command) =>
      withParty(command, async (party, common) => {
        const network = { ...party, report };
        const token = await sampleToken(network);
        await mintSample(network, [party.wallet], amount);
        print(common.json, { token: fieldToHex(token), amount }, `${amount} units of the token ${fieldToHex(token)}`);
      }),
    );

  payCommand(program, 'deposit', "pay your part of the room's fee into its escrow", 'fee');
  payCommand(
    program,
    'stake',
    'pay your stake into the escrow; you get it back unless the join fails by your fault',
    'stake',
  );

  actCommand(
    program,
    'confirm-payment',
    'prove that what is due for your slot is paid, without telling who paid; "run" does it, too',
    confirmOwn,
  );

  roomCommand(
    program,
    'claim',
    "take your share of the fee and of forfeited stakes; have the template's author paid",
  ).action((id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      tellTaken(common, await claimAll(session));
    }),
  );

  roomCommand(program, 'refund', 'take back what you paid, where the room’s end lets you').action(
    (id: string | undefined, _options: unknown, command: Command) =>
      withSession(command, id, nothing, async (session, common) => tellTaken(common, await refundAll(session))),
  );

  roomCommand(program, 'invoice', 'write an invoice, which shows one of your payments to an auditor and nothing else')
    .addOption(new Option('--for <what>', 'the payment').choices(['fee', 'stake']).default('fee'))
    .option('--out <file>', 'file to write', 'invoice.json')
    .action((id: string | undefined, options: { for: What; out: string }, command: Command) =>
      withSession(command, id, nothing, async (session, common) => {
        const { view } = await readOwn(session);
        const escrow = await openRoomEscrow(session, view);
        const [part] = partsFor(options.for, session.room, escrow.terms);
        const invoice = await makeInvoice(session.connection, escrow, part);
        await writeFile(options.out, `${JSON.stringify(invoice, null, 2)}\n`, { mode: 0o600 });
        print(common.json, { file: options.out, part, txHash: invoice.txHash }, `Invoice: ${options.out}`);
      }),
    );

  program
    .command('check-invoice')
    .description('check an invoice against the chain; needs no account')
    .argument('<invoice>', 'invoice file')
    .option('--contract <address>', 'the room contract, where it is not the one this machine knows', fieldOption)
    .option('--node <url>', 'node of the network', nodeUrl, config.network.url)
    .action(async (file: string, options: { contract?: bigint; node: string }, command: Command) => {
      const { json } = command.optsWithGlobals<Common>();
      await initField();
      const connection = await connectNode(options.node);
      const invoice: unknown = await readJson(file);
      const contract = options.contract ?? (await knownRooms(connection));
      const paid = await verifyInvoice({ connection, selectors: await eventSelectors(), contract }, invoice);
      const { roomId, token, payer, part, ...rest } = paid;
      print(
        json,
        {
          ...rest,
          part,
          for: partName(part),
          room: fieldToHex(roomId),
          token: fieldToHex(token),
          payer: fieldToHex(payer),
        },
        `PAID: ${paid.amount} units of the token ${fieldToHex(token)} for ${partName(part)} of room ${fieldToHex(roomId)},\n` +
          `by account ${fieldToHex(payer)}, in transaction ${paid.txHash} (block ${paid.block}).`,
      );
    });
}

function payCommand(program: Command, name: string, description: string, what: What): void {
  roomCommand(program, name, description).action((id: string | undefined, _options: unknown, command: Command) =>
    withSession(command, id, nothing, async (session, common) => {
      const txHashes = await payDue(session, what);
      print(
        common.json,
        { done: name, txHashes },
        txHashes.length > 0 ? `Paid (transaction ${txHashes.join(', ')}). Next: room run` : 'Paid before.',
      );
    }),
  );
}

function tellTaken({ json }: Common, taken: readonly Taken[]): void {
  print(json, { results: taken }, takenLines(taken).join('\n'));
  if (taken.every(({ refused }) => refused !== undefined)) process.exitCode = 1;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON.`);
  }
}
