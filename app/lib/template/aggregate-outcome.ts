/** What rooms that open figures come to. */
import { fieldToHex } from '../field/field.ts';
import { decodeFigures, figuresDigest } from '../protocol/figures.ts';
import type { Relay } from '../relay/relay.ts';
import type { RoomView } from '../room/view.ts';
import { figureLines, parseFigures, reportOutcome } from './figures-report.ts';
import type { Outcome, OutcomeReading } from './template.ts';

/** How the figures of rooms of all these templates are read. */
export const figuresOutcome: Pick<OutcomeReading, 'outcome' | 'checkOutcome'> = { outcome, checkOutcome };

/** What rooms of the template "aggregate" come to. */
export const aggregateOutcome: OutcomeReading = {
  ...figuresOutcome,
  outcomeLines(policy, outcome) {
    if (outcome.suppressed) {
      return [
        `No group has at least k = ${policy.k} rows of enough parties: every figure is suppressed, and none was opened.`,
      ];
    }
    return figureLines(reportOutcome(policy, outcome)!, outcome.count);
  },
};

async function outcome({ terms, result }: RoomView, relay: Relay): Promise<Outcome> {
  const { suppressed, count, figures: digest } = result!;
  if (suppressed) return { suppressed };
  const blob = await relay.getNamed(fieldToHex(digest!));
  const figures = decodeFigures(blob, { context: terms.context, digest: digest! }).map((figure) => fieldToHex(figure));
  return { suppressed, count: count!, figures };
}

function checkOutcome({ terms, result }: RoomView, outcome: Outcome): void {
  const { suppressed, count, figures: digest } = result!;
  const same = outcome.suppressed
    ? suppressed
    : !suppressed &&
      outcome.count === count &&
      outcome.figures !== undefined &&
      figuresDigest(terms.context, parseFigures(outcome.figures)) === digest;
  if (!same) throw new Error('The figures in the receipt are not those that the log releases.');
}
