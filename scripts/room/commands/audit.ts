/** Commands of auditors: the whole history of a room, and putting a report's digest on its record. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { eventSelectors } from '../../../app/lib/chain/log.ts';
import type { NodeConnection } from '../../../app/lib/chain/node.ts';
import { fieldToHex, parseField } from '../../../app/lib/field/field.ts';
import { initField } from '../../../app/lib/field/poseidon2.ts';
import { reportDigest } from '../../../app/lib/room/audit-report.ts';
import { decodeGrant } from '../../../app/lib/room/grant.ts';
import { readHistory } from '../../../app/lib/room/history.ts';
import type { RoomView } from '../../../app/lib/room/view.ts';
import { fieldOption, report, tellDone, withParty, type Common } from '../command.ts';
import { knownRooms } from '../../../app/server/party/deploy.ts';
import { connect } from '../../../app/server/party/environment.ts';
import { documentOf, fetchPolicy, openRelay } from '../../../app/server/party/policy-copy.ts';
import { recordReport } from '../../../app/server/party/roles.ts';
import { print } from '../output.ts';

/** Adds the commands. */
export function auditCommands(program: Command): void {
  program
    .command('audit')
    .description('write the whole history of a room as JSON, with the transactions; needs no account')
    .argument('<room>', "room id, or an auditor's grant")
    .option('--contract <address>', 'the room contract, where it is not the one this machine knows', fieldOption)
    .option('--out <file>', 'file to write; standard output unless given')
    .action(async (room: string, options: { contract?: bigint; out?: string }, command: Command) => {
      const { json } = command.optsWithGlobals<Common>();
      await initField();
      const connection = await connect();
      const place = await placeOf(connection, room, options.contract);
      const reader = { connection, selectors: await eventSelectors(), contract: place.contract };
      const history = await readHistory(reader, place.roomId, partyLabels);
      const text = JSON.stringify(history, null, 2);
      if (options.out === undefined) {
        process.stdout.write(`${text}\n`);
        return;
      }
      await writeFile(options.out, `${text}\n`);
      const { state, history: entries } = history;
      print(
        json,
        { file: options.out, state, events: entries.length },
        `History of ${entries.length} events: ${options.out}`,
      );
    });

  program
    .command('record-audit')
    .description('put the digest of an audit report on the record of its room (the first 31 bytes of its SHA-256)')
    .argument('<grant>', "the grant of an auditor's role, as you were sent it")
    .requiredOption('--report <file>', 'the report; it stays with you')
    .action(async (link: string, options: { report: string }, command: Command) => {
      const grant = decodeGrant(link);
      const digest = reportDigest(
        createHash('sha256')
          .update(await readFile(options.report))
          .digest(),
      );
      return withParty(command, async (party, common) => {
        const txHash = await recordReport(party, grant, digest, report);
        tellDone(common, 'record-audit', txHash, { reportDigest: fieldToHex(digest) });
      });
    });
}

async function placeOf(connection: NodeConnection, room: string, contract: bigint | undefined) {
  if (room.startsWith('zkcg1.')) return decodeGrant(room);
  return { roomId: parseField(room, 'room id'), contract: contract ?? (await knownRooms(connection)) };
}

/** The parties' labels from the policy, where the relay has it: they are in no public record. */
async function partyLabels(view: RoomView): Promise<string[]> {
  try {
    return (await fetchPolicy(openRelay(), documentOf(view))).parties.map(({ label }) => label);
  } catch (error) {
    report({ message: `without the parties' names: ${(error as Error).message}` });
    return [];
  }
}
