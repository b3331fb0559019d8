/** What a room came to, as its charts and files show it. Nothing is in it that the viewer was not given. */
import type { FiguresReport } from '../lib/template/figures-report.ts';
import type { ProofLink } from './chart.ts';

/** A party of a room that counts what its lists have in common. */
export type ListFigure = {
  readonly label: string;
  /** How many identifiers its list has, where the viewer knows it: parties do, receipts do not tell. */
  readonly size?: number;
  /** Where it is proven that the list holds exactly the committed rows. */
  readonly proof?: ProofLink;
};

export type OverlapResults = {
  readonly kind: 'overlap';
  readonly lists: readonly ListFigure[];
  /** How many identifiers all lists have in common; absent where it was suppressed. */
  readonly count?: number;
  /** Whether they are those of open cohorts alone, and there may be more. */
  readonly partial?: boolean;
  readonly proof?: ProofLink;
};

/** Counts of what is in common, by cohorts of one list. */
export type CohortsResults = {
  readonly kind: 'cohorts';
  readonly lists: readonly ListFigure[];
  /** How many identifiers all lists have in common in open cohorts together; absent where all are suppressed. */
  readonly count?: number;
  /** Each cohort, with how many are in common in it where it is open. */
  readonly cohorts: readonly { readonly label: string; readonly count?: number }[];
  readonly proof?: ProofLink;
};

export type AggregateResults = {
  readonly kind: 'aggregate';
  /** Absent where every group was suppressed. */
  readonly figures?: FiguresReport;
  /** The column by which rows are grouped, with its borders where it is one of numbers. */
  readonly grouping?: { readonly column: string; readonly borders?: readonly string[] };
  /** Of intervals of means, in per cent. */
  readonly confidence?: number;
  readonly proof?: ProofLink;
};

export type ThresholdResults = {
  readonly kind: 'threshold';
  /** The column whose sum is compared with borders, and these, ascending. */
  readonly column: string;
  readonly borders: readonly string[];
  /** How many borders the sum reaches; absent where that was suppressed. */
  readonly band?: number;
  /** A sum that is told to lie below a border may lie above it by less than this; absent where the band is exact. */
  readonly uncounted?: string;
  readonly proof?: ProofLink;
};

export type Results = (OverlapResults | CohortsResults | AggregateResults | ThresholdResults) & {
  /** The room's id. */
  readonly room: string;
  /** What files have to say besides their figures: how much these are worth. */
  readonly standing: string;
};

/** The cohorts of figures that count by cohorts; none where all were suppressed. */
export function cohortCounts(figures: FiguresReport | undefined): CohortsResults['cohorts'] {
  return (figures?.groups ?? []).map(({ label, open, rows }) => ({ label, ...(open ? { count: rows } : {}) }));
}
