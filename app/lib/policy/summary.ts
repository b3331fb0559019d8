/** What a policy says, in one paragraph for people. */
import { conditionLines, disclosureLines } from './conditions-sentences.ts';
import type { Policy } from './schema.ts';
import {
  analysis,
  attendance,
  brings,
  CANCELLING,
  money,
  PROOFS,
  purposeOf,
  released,
  retention,
  timetable,
} from './sentences.ts';

/**
 * A paragraph that says to people all that they agree to: what is counted and released, under which conditions, by when, who may be left out,
 * what it costs, what a stake is lost for, and how long anything is kept. The document (document.ts) says more.
 */
export function policySummary(policy: Policy): string {
  return [
    `${analysis(policy)}, for this purpose: ${purposeOf(policy)}.`,
    brings(policy),
    released(policy),
    PROOFS[policy.proofMode],
    ...conditionLines(policy),
    timetable(policy),
    attendance(policy),
    CANCELLING,
    ...money(policy),
    retention(policy),
    ...disclosureLines(policy),
  ].join(' ');
}
