/** The red flags in the way of an approval: those for which no table is needed. */
import type { Flag } from '../../lib/check/flags.ts';
import { assertNoneStands, assertTwoApprovals } from '../../lib/check/override.ts';
import { approvalFlags } from '../../lib/check/policy-flags.ts';
import type { Policy } from '../../lib/policy/policy.ts';
import type { Progress } from '../../lib/room/session.ts';

/** What a party that approves tells of itself. */
export type ApprovalOptions = { readonly override: readonly Flag['id'][]; readonly region?: string };

/**
 * Looks at a policy before it is approved.
 * @param approvals accounts that approve for each slot, as the room's terms have it
 * @throws Error where a flag of severity "high" stands that is not overridden, or that policy or room let nobody override
 */
export function checkApproval(
  policy: Policy,
  approvals: number,
  { override, region }: ApprovalOptions,
  report: (progress: Progress) => void,
): void {
  const flags = approvalFlags({ policy, now: Math.floor(Date.now() / 1000), region });
  const against = 'approving this policy';
  assertTwoApprovals(assertNoneStands(flags, { policy, overridden: override, against }), approvals);
  for (const { id, title } of flags) report({ message: `red flag ${id}: ${title}` });
}
