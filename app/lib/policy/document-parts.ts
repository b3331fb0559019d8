import type { STEPS } from './sentences.ts';

/** What a template says in the document of a policy; everything else is the same for all. */
export type DocumentParts = Readonly<{
  computed: readonly string[];
  /** What is used of a table beside the identifiers. */
  data: readonly string[];
  learns: readonly string[];
  leaves: readonly string[];
  /** What is proven, and what rests on the parties' word. */
  trusted: readonly string[];
  /** What each time is for. */
  times: Readonly<Record<keyof typeof STEPS, string>>;
}>;
