/** What the document of a policy of the template "overlap" with cohorts says of its analysis. */
import { describe, quoted } from './aggregate-sentences.ts';
import { cohortColumn } from './cohorts.ts';
import { cohortParty, cohortReleaseLines } from './cohorts-sentences.ts';
import type { DocumentParts } from './document-parts.ts';
import type { CohortsPolicy } from './schema.ts';
import { analysis, PROOFS, purposeOf } from './sentences.ts';
import { listOf, own } from './words.ts';

/** The parts of the document that depend on the template. */
export function cohortsParts(policy: CohortsPolicy): DocumentParts {
  return {
    computed: computed(policy),
    data: data(policy),
    learns: learns(policy),
    leaves: leaves(policy),
    trusted: [`The proof mode is "${policy.proofMode}". ${PROOFS[policy.proofMode]}`, ...TRUSTED],
    times: TIMES,
  };
}

function computed(policy: CohortsPolicy): string[] {
  const { name, version } = policy.template;
  return [
    `${analysis(policy)} (analysis "${name}", version ${version}, with cohorts).`,
    `Purpose: ${purposeOf(policy)}.`,
    ...cohortReleaseLines(policy),
    'If no cohort is open, that is published, and nothing is opened.',
    'The total over all open cohorts, and a digest of the number of each, stand on the chain for good, where anyone can read them. Whoever tries all numbers that add up to the total can find out from the digest which they are: the numbers of open cohorts are to be taken as public.',
  ];
}

function data(policy: CohortsPolicy): string[] {
  const { cohorts, parties } = policy;
  const others = parties.flatMap(({ label }, slot) => (slot === cohorts.slot ? [] : [own(label)]));
  return [
    describe(cohortColumn(policy), parties[cohorts.slot].label),
    `${listOf(others)} ${others.length === 1 ? 'brings' : 'bring'} identifiers alone.`,
    `No other column is used. An identifier has one row at most in the table of ${cohortParty(policy)}.`,
  ];
}

function learns(policy: CohortsPolicy): string[] {
  const { k, minRows, maxRows, parties, cohorts } = policy;
  const several = parties.length > 2;
  const party = cohortParty(policy);
  return [
    'Every party learns of each open cohort how many identifiers are in common, and of each other one that they are fewer than k.',
    `${party} learns the numbers of open cohorts before the others do.`,
    `Every party learns how many distinct values each other party brings (from ${minRows} to ${maxRows}).`,
    `The software of every party sees how many identifiers in common each cohort has, also where they are fewer than k = ${k} and nothing of the cohort is released: k keeps these numbers from leaving the room.`,
    ...(several
      ? [
          'It also sees how many values any two or more of the parties have in common, by cohort where that is known, which is not released either.',
        ]
      : []),
    `The software of every party sees how many rows of ${party} are in each cohort by ${quoted(cohorts.column)}, in common or not.`,
    'Everybody, also outside the room, sees which cohorts are open.',
    'No party is shown which of its rows are in common, nor any identifier of another party, nor the cohort of one. Numbers may tell it: a party whose list is as long as the number in common knows that all its rows are.',
    several
      ? `${party} and the next party in the order above (after the last comes the first) could find out together which rows of ${party} are in common; in a count without cohorts, as still for the other lists, all parties that a list passes through would have to stand together for that.`
      : 'Both parties together could find out which of their rows are in common, as in a count without cohorts.',
    'Inherent in every count: all other parties together learn what it tells about the last one, and counts of several rooms over nearly the same data can be compared.',
  ];
}

function leaves(policy: CohortsPolicy): string[] {
  const party = cohortParty(policy);
  return [
    `To the other parties, through a relay that need not be trusted with rows: this policy; the lists of identifiers, each as a point on a curve, multiplied by a secret of every party that has handled it; beside each element of the list of ${party} the number of its cohort; which elements of these lists are in common, in an order that their owner cannot tell; ` +
      `for each row of ${party} a zero, encrypted with a key that it alone has; sums of these ciphertexts; counts hidden behind masks that cancel out when those of all parties are added; proofs; and the released numbers, which whoever runs the relay can read as the parties can.`,
    'To the chain, where anyone can read it: commitments and digests, public keys, which party names cohorts, by number alone, which cohorts are open, the number of identifiers in common in them together, the number of parties, k, the row limits, proof mode, deadlines and fees. No row, no number of a suppressed cohort, no name, no purpose, no column name or label, and no address of a participant’s account.',
  ];
}

const TRUSTED = [
  'Proven are the row limits, that no identifier has two rows, that the cohorts are those of the rows that the party committed to, that the numbers count the identifiers in common of each cohort and nothing else, and that a cohort is closed only where they are fewer than k.',
];

const TIMES: DocumentParts['times'] = {
  invite: 'To accept the invitations',
  approve: 'To approve this policy',
  commit: 'To commit the data',
  join: 'To finish the join and the counts',
  share: 'To give the masked counts and to open the figures',
};
