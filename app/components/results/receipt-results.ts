/** The results of a verified receipt. Everything in them was checked. */
import { cohortCounts, type Results } from '../../charts/results.ts';
import { LIFT_CONFIDENCE } from '../../lib/policy/limits.ts';
import { uncountedAmount } from '../../lib/policy/band-words.ts';
import type { ReceiptReport } from '../../verifier/report.ts';
import { checkAnchor } from '../check-anchor.ts';
import { aggregateOf, cohortsOf, joinedOf, thresholdOf } from '../policy-text.ts';
import { verdictText } from '../verdict.ts';

/** The results of a report; undefined where it shows no figure. */
export function receiptResults(report: ReceiptReport): Results | undefined {
  const { facts, checks } = report;
  if (!facts) return undefined;
  const { result, figures, policy, governance } = facts;
  // The last proof of a log is the one by which its result was released, or suppressed.
  const title = checks.map((check) => check.title).findLast((each) => /^Proof \d/.test(each));
  const proof = title ? { proof: { text: title, href: `#${checkAnchor(title)}` } } : {};
  const about = { room: report.room ?? '', standing: `${verdictText(report)}.`, ...proof };
  const aggregate = aggregateOf(policy);
  if (aggregate) {
    const { grouping, confidence } = aggregate;
    return { kind: 'aggregate', ...about, figures, grouping, confidence };
  }
  const lists = governance.slots.flatMap(({ slot, standing }) =>
    standing === 'member' ? [{ label: policy.parties[slot].label }] : [],
  );
  const counted = result.suppressed ? {} : { count: result.count };
  if (cohortsOf(policy)) return { kind: 'cohorts', ...about, lists, cohorts: cohortCounts(figures), ...counted };
  const joined = joinedOf(policy);
  if (joined && !('cohorts' in joined)) {
    const { confidence, grouping } =
      'columns' in joined
        ? joined
        : { confidence: joined.confidence ?? LIFT_CONFIDENCE, grouping: { column: joined.assignment.column } };
    return { kind: 'aggregate', ...about, figures, grouping, confidence };
  }
  const threshold = thresholdOf(policy);
  if (threshold) {
    const { column, borders } = threshold;
    const told = result.suppressed ? {} : { band: result.count };
    const uncounted = uncountedAmount(threshold);
    return { kind: 'threshold', ...about, column: column.column, borders, uncounted, ...told };
  }
  return { kind: 'overlap', ...about, lists, ...counted };
}
