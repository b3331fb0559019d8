/** What rooms of the templates "intersection-sum" and "lift" come to. */
import { figuresOutcome } from './aggregate-outcome.ts';
import { figureLines, reportOutcome } from './figures-report.ts';
import type { OutcomeReading } from './template.ts';

export const joinedOutcome: OutcomeReading = {
  ...figuresOutcome,
  outcomeLines(policy, outcome) {
    if (outcome.suppressed) {
      return [`No group has k = ${policy.k} identifiers in common: every figure is suppressed, and none was opened.`];
    }
    return figureLines(reportOutcome(policy, outcome)!, outcome.count, 'identifiers in common');
  },
};
