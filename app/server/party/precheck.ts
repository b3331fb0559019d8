/** Reading a table to commit it, with the red flags of `room check` in the way, and committing it. */
import { redFlags, type Flag } from '../../lib/check/flags.ts';
import { entryOf, readLedger, saveEntry } from '../../lib/check/ledger.ts';
import { assertNoneStands, assertTwoApprovals } from '../../lib/check/override.ts';
import { watchTable } from '../../lib/check/profile.ts';
import { readIdentifiers, type Identifiers } from '../../lib/connector/identifiers.ts';
import type { Table } from '../../lib/connector/table.ts';
import type { Policy } from '../../lib/policy/policy.ts';
import { readingOf } from '../../lib/policy/reading.ts';
import { commitDataset } from '../../lib/room/commit.ts';
import type { Progress, Session } from '../../lib/room/session.ts';
import { onLatest } from './acting.ts';

/** What a table is read for. */
export type CheckedInput = {
  readonly policy: Policy;
  readonly roomId: bigint;
  /** The party's folder, where its ledger is. */
  readonly folder: string;
  /** Header of the identifier's column. */
  readonly column: string;
  /** The party's slot. */
  readonly slot: number;
  /** Where this machine stands, where that is told. */
  readonly region?: string;
  /** Flags that shall not stop anything. */
  readonly overridden: readonly Flag['id'][];
  readonly report: (progress: Progress) => void;
};

/** A table that may be committed, as far as table and policy tell. */
export type Checked = {
  readonly identifiers: Identifiers;
  readonly flags: readonly Flag[];
  /** Those of severity "high": the room has to let the party override them. */
  readonly overrode: readonly Flag[];
  /** Notes the session in the ledger, once its data is committed. */
  remember(): Promise<void>;
};

/**
 * Reads a table's identifiers and profile in one pass, and closes it.
 * @throws where a flag of severity "high" is raised that is not overridden, or that the policy lets nobody override
 */
export async function readChecked(table: Table, input: CheckedInput): Promise<Checked> {
  const { policy, roomId, folder, column, slot, region, overridden, report } = input;
  const reading = readingOf(policy, { column, slot });
  let watched: ReturnType<typeof watchTable>;
  let ledger: Awaited<ReturnType<typeof readLedger>>;
  try {
    ledger = await readLedger(folder);
    watched = watchTable(table, { column, type: reading.type, policy, slot, sketchKey: ledger.key });
  } catch (error) {
    await table.close();
    throw error;
  }
  const identifiers = await readIdentifiers(watched.table, reading);
  const profile = watched.profile();
  const now = Math.floor(Date.now() / 1000);
  const flags = redFlags({ policy, profile, ledger, now, roomId, region });
  const overrode = assertNoneStands(flags, { policy, overridden, against: 'committing this data' });
  for (const { id, title } of flags) report({ message: `red flag ${id}: ${title}` });
  return {
    identifiers,
    flags,
    overrode,
    remember: () => saveEntry(folder, ledger, entryOf(ledger, { roomId, time: now, policy, profile })),
  };
}

/**
 * Commits what was read, and notes it in the ledger.
 * @returns the hash of the last transaction; undefined where the slot has committed to exactly this before
 * @throws where flags were overridden and the room asks for one approval alone
 */
export async function commitChecked(session: Session, checked: Checked): Promise<string | undefined> {
  session.report({ message: 'committing' });
  const txHash = await onLatest(session, (view) => {
    assertTwoApprovals(checked.overrode, view.terms.approvals);
    return commitDataset(session, view, checked.identifiers.dataset);
  });
  await checked.remember();
  return txHash;
}
