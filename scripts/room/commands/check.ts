/** The pre-check of a table. It opens no connection but the source's and needs no account: nothing leaves the machine. */
import type { Command } from 'commander';
import { readLedger } from '../../../app/lib/check/ledger.ts';
import { profileTable } from '../../../app/lib/check/profile.ts';
import { checkReport, reportText } from '../../../app/lib/check/report.ts';
import { openTable } from '../../../app/lib/connector/open.ts';
import type { Policy } from '../../../app/lib/policy/policy.ts';
import { loadBlob, type Home, type LocalRoom } from '../../../app/lib/room/store.ts';
import { pickRoom, report, roomCommand, withHome, type Common } from '../command.ts';
import { readPolicy } from '../../../app/server/party/policy-copy.ts';
import { regionOption, slotNumber } from '../options.ts';
import { print } from '../output.ts';
import { readPolicyFile } from '../policy-file.ts';
import { sourceOf, sourceOptions, SOURCES, type SourceOptions } from '../source.ts';

type CheckOptions = SourceOptions & {
  readonly policy?: string;
  readonly slot?: number;
  readonly id: string;
  readonly region?: string;
};

/** Rows from one line of progress to the next. */
const PROGRESS_ROWS = 500_000;

/** Adds the command. */
export function checkCommand(program: Command): void {
  sourceOptions(
    roomCommand(
      program,
      'check',
      'look at a table before it is committed: what it holds, red flags, what proofs will take; nothing leaves this machine',
    )
      .option('--policy <file>', 'check under this policy: there need be no room yet')
      .option(
        '--slot <number>',
        'with --policy, where it has values joined: number of the party whose table it is, from 0',
        slotNumber,
      )
      .option('--csv <file>', 'CSV file with a header line, also compressed by gzip')
      .option('--source <source>', SOURCES)
      .requiredOption('--id <column>', "name of the identifier's column")
      .addOption(regionOption()),
  ).action(async (id: string | undefined, options: CheckOptions, command: Command) => {
    if (options.policy === undefined) {
      return withHome(command, async (home, common) => {
        const room = await pickRoom(home, id);
        if (options.slot !== undefined) throw new Error('A room knows its slot: name one with --policy alone.');
        await check(await ownPolicy(home, room), { ...options, slot: room.slot }, common, room.roomId);
      });
    }
    if (id !== undefined) throw new Error('Name a policy file or a room, not both.');
    const policy = await readPolicyFile(options.policy);
    return check(policy, options, command.optsWithGlobals<Common>());
  });
}

async function check(policy: Policy, options: CheckOptions, { home, json }: Common, roomId?: bigint): Promise<void> {
  const where = sourceOf(options);
  const { slot } = options;
  if (slot !== undefined && slot >= policy.parties.length) {
    throw new Error(`The policy has ${policy.parties.length} parties: there is no slot ${slot}.`);
  }
  const ledger = await readLedger(home);
  let told = 0;
  const profile = await profileTable(await openTable(where, options), {
    column: options.id,
    type: policy.identifier.type,
    policy,
    slot,
    sketchKey: ledger.key,
    onProgress(rows) {
      if (rows < told + PROGRESS_ROWS) return;
      told = rows;
      report({ message: `${rows} rows` });
    },
  });
  const now = Math.floor(Date.now() / 1000);
  const found = checkReport({ policy, profile, ledger, now, roomId, slot, region: options.region });
  print(json, found, reportText(found));
  if (found.blocked) process.exitCode = 3;
}

/** The policy as the party's folder has it since it joined: the relay may be on another machine. */
async function ownPolicy(home: Home, { roomId, policyDocument }: LocalRoom): Promise<Policy> {
  const kept = await loadBlob(home, roomId, policyDocument);
  if (!kept) throw new Error('The policy of this room is not in your folder: name its file with --policy.');
  return readPolicy(kept, policyDocument);
}
