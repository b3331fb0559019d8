/** What rooms of the template "overlap" come to. */
import type { OutcomeReading } from './template.ts';

export const overlapOutcome: OutcomeReading = {
  outcome: async ({ result }) =>
    result!.suppressed ? { suppressed: true } : { suppressed: false, count: result!.count! },
  checkOutcome({ result }, outcome) {
    const same = outcome.suppressed
      ? result!.suppressed
      : !result!.suppressed && result!.count === outcome.count && outcome.figures === undefined;
    if (!same) throw new Error('The result in the receipt is not the one that the log releases.');
  },
  outcomeLines: ({ k }, outcome) => [
    outcome.suppressed
      ? `The overlap lies below k = ${k} and is suppressed: it was not opened by anyone.`
      : `The overlap is ${outcome.count}.`,
  ],
};
