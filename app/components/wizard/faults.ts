/** Which step of the wizard a fault of a policy document belongs to. */

/** A fault, as `PolicyError` has it. */
export type PolicyFault = { readonly path: string; readonly message: string };

/** First words of the paths that each step shows, by step. The review shows all others. */
const STEPS: readonly (readonly string[])[] = [
  ['template', 'purpose'],
  ['parties', 'minParties'],
  [
    ...['identifier', 'minRows', 'maxRows', 'columns', 'grouping', 'ratio', 'confidence'],
    ...['assignment', 'outcomes', 'column', 'unit', 'borders', 'floor', 'cohorts'],
  ],
  ['k', 'contributors', 'proofMode'],
  ['deadlines'],
  ['fees'],
];

/** The number of a fault's step, from 0. */
export function stepOf({ path }: PolicyFault): number {
  const step = STEPS.findIndex((names) => names.includes(path.split('.')[0]));
  return step < 0 ? STEPS.length : step;
}

/** The first fault of each field: those after it mostly follow from it. */
export function firstOfEach(faults: readonly PolicyFault[]): PolicyFault[] {
  return faults.filter(({ path }, at) => faults.findIndex((fault) => fault.path === path) === at);
}

/** What is wrong with a part of the form as a whole: the faults at its path, and not those of its fields. */
export function faultsOn(faults: readonly PolicyFault[], path: string): string {
  return faultsAt(
    faults.filter((fault) => fault.path === path),
    path,
  );
}

/** What is wrong with a field: the faults at its path or below. */
export function faultsAt(faults: readonly PolicyFault[], path: string): string {
  return faults
    .filter((fault) => fault.path === path || fault.path.startsWith(`${path}.`))
    .map(({ message }) => message)
    .join('; ');
}
