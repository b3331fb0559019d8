/** Approving a policy, with the red flags in the way for which no table is needed. */
import type { Flag } from '../../lib/check/flags.ts';
import { assertNoneStands, assertTwoApprovals } from '../../lib/check/override.ts';
import { approvalFlags } from '../../lib/check/policy-flags.ts';
import type { Policy } from '../../lib/policy/policy.ts';
import { approvePolicy, ownSlot } from '../../lib/room/acts.ts';
import type { Progress, Session } from '../../lib/room/session.ts';
import type { RoomView } from '../../lib/room/view.ts';
import { unlessDone } from './acting.ts';

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

/**
 * Approves the policy for the own slot, unless a red flag stands.
 * @returns the transaction's hash; undefined where this account has approved before
 */
export function approveOwn(session: Session, options: ApprovalOptions): Promise<string | undefined> {
  const isApproved = (view: RoomView) =>
    view.slots[ownSlot(session.room)]?.approvals.some(({ grant }) => grant === 0n) ?? false;
  return unlessDone(session, isApproved, (own, view) => {
    checkApproval(own.policy, view.terms.approvals, options, own.report);
    own.report({ message: 'sending: approve' });
    return approvePolicy(own, view);
  });
}
