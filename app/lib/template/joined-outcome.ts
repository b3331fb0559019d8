/** What rooms come to that join values, or count by cohorts: those of "intersection-sum", "lift", and "overlap" with cohorts. */
import { isCohorts } from '../policy/schema.ts';
import { figuresOutcome } from './aggregate-outcome.ts';
import { cohortLines } from './cohorts-report.ts';
import { figureLines, reportOutcome } from './figures-report.ts';
import type { OutcomeReading } from './template.ts';

export const joinedOutcome: OutcomeReading = {
  ...figuresOutcome,
  outcomeLines(policy, outcome) {
    if (outcome.suppressed) {
      const group = isCohorts(policy) ? 'cohort' : 'group';
      return [
        `No ${group} has k = ${policy.k} identifiers in common: every figure is suppressed, and none was opened.`,
      ];
    }
    if (isCohorts(policy)) return cohortLines(reportOutcome(policy, outcome)!, outcome.count);
    return figureLines(reportOutcome(policy, outcome)!, outcome.count, 'identifiers in common');
  },
};
