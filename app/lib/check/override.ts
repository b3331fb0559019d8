/** Which red flags stop a party, and which of them it may override. */
import type { Policy } from '../policy/schema.ts';
import { flagText, type Flag } from './flag.ts';

/** The flags that stop a party: "high" ones, unless it overrides them and the policy lets it. */
export function standingFlags(
  flags: readonly Flag[],
  { overrides = [] }: Pick<Policy, 'overrides'>,
  overridden: readonly Flag['id'][] = [],
): Flag[] {
  const allowed: readonly Flag['id'][] = overrides;
  return flags.filter(({ id, severity }) => severity === 'high' && !(overridden.includes(id) && allowed.includes(id)));
}

/** What the policy says of overriding flags that stand, as lines of text. */
export function overrideLines(standing: readonly Flag[], { overrides = [] }: Pick<Policy, 'overrides'>): string[] {
  const named: readonly Flag['id'][] = overrides;
  const ids = standing.map(({ id }) => id);
  const [allowed, refused] = [ids.filter((id) => named.includes(id)), ids.filter((id) => !named.includes(id))];
  return [
    ...(refused.length > 0 ? [`The policy lets nobody override ${refused.join(', ')}.`] : []),
    ...(allowed.length > 0
      ? [
          `The policy lets a party override, in a room that asks for two approvals of each slot: ${allowed.map((id) => `--override ${id}`).join(' ')}`,
        ]
      : []),
  ];
}

/**
 * Lets an act go on that no flag forbids.
 * @param against what the flags stand against, for the message
 * @returns the flags of severity "high" that were overridden: the room has to allow it, see {@link assertTwoApprovals}
 * @throws Error where a flag of severity "high" stands, with what can be done
 */
export function assertNoneStands(
  flags: readonly Flag[],
  { policy, overridden, against }: { policy: Policy; overridden: readonly Flag['id'][]; against: string },
): Flag[] {
  const standing = standingFlags(flags, policy, overridden);
  if (standing.length > 0) {
    const lines = [...standing.map(flagText), ...overrideLines(standing, policy)];
    throw new Error(`Red flags stand against ${against}:\n${lines.join('\n')}`);
  }
  return flags.filter(({ severity }) => severity === 'high');
}

/**
 * Refuses overridden flags in a room in which one account is enough to approve for a slot.
 * @param approvals accounts that approve for each slot, as the room's terms have it
 */
export function assertTwoApprovals(overridden: readonly Flag[], approvals: number): void {
  if (overridden.length === 0 || approvals === 2) return;
  throw new Error(
    `This room asks for one approval of each slot: ${overridden.map(({ id }) => id).join(', ')} cannot be overridden in it, ` +
      'only in rooms of a template of high risk, where two accounts approve.',
  );
}
