/**
 * A policy as a document for the people who answer for it: all that it says, and what follows from the fixed rules of its
 * template and of the method. docs/limits.md and docs/contract.md have the rules.
 */
import { documentName, minParties } from './parse.ts';
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
  STEPS,
} from './sentences.ts';
import { duration, namesOf, nounOf, own } from './words.ts';

/** A heading and what stands under it, each line one or more whole sentences without markup. */
export type Section = { readonly heading: string; readonly lines: readonly string[] };

/** A policy in words. */
export type PolicyDocument = {
  readonly title: string;
  /** SHA-256 of the canonical policy document, 64 hexadecimal digits: what the words are about. */
  readonly digest: string;
  readonly sections: readonly Section[];
};

/** The document of a policy. */
export function policyDocument(policy: Policy): PolicyDocument {
  const digest = documentName(policy);
  return {
    title: `Data room of ${namesOf(policy.parties)}`,
    digest,
    sections: [
      { heading: 'What is computed and released', lines: computed(policy) },
      { heading: 'Who takes part', lines: people(policy) },
      { heading: 'Who may be left out', lines: [attendance(policy)] },
      { heading: 'What each party brings', lines: data(policy) },
      { heading: 'What each party learns', lines: learns(policy) },
      { heading: 'What leaves a party’s machine', lines: leaves(policy) },
      { heading: 'What is proven, and what is trusted', lines: trust(policy) },
      { heading: 'Timetable', lines: times(policy) },
      { heading: 'Money', lines: fees(policy) },
      { heading: 'How consent is given and withdrawn', lines: consent(policy) },
      {
        heading: 'The agreement',
        lines: [
          `These are the words for a policy document of version ${policy.version} whose SHA-256 is ${digest}.`,
          'Each party approves exactly that document; any change makes another one, which has to be approved anew in a new room.',
        ],
      },
    ],
  };
}

function computed(policy: Policy): string[] {
  const { name, version } = policy.template;
  return [
    `${analysis(policy)} (analysis "${name}", version ${version}).`,
    `Purpose: ${purposeOf(policy)}.`,
    released(policy),
    `If it is smaller than k = ${policy.k}, it is published that it is, and no party gives the share of the key that opening the number would take.`,
    'A released count stands on the chain for good, where anyone can read it.',
  ];
}

function people(policy: Policy): string[] {
  return [
    ...policy.parties.map(({ label }, slot) => `Party ${slot} is ${own(label)}.`),
    'The names stand in the policy document and are not published on the chain. That a party is who it says is for the host to see to: who has the invite takes the place.',
  ];
}

/** What normalisation does, as app/lib/connector/normalise.ts does it. */
const NORMALISED: Readonly<Record<Policy['identifier']['type'], string>> = {
  email: 'trimmed and in lower case',
  phone: 'with country code, without spaces, brackets, hyphens and dots',
  exact: 'trimmed, and otherwise as they are',
  iban: 'in capital letters, without spaces, with right check digits',
  lei: 'in capital letters, with right check digits',
  device: 'as a UUID in lower case',
};

function data(policy: Policy): string[] {
  const { type, normalisation } = policy.identifier;
  return [
    brings(policy),
    `The values are ${nounOf(type)} (type "${type}"). Two are the same if they are after normalisation "${normalisation}": ${NORMALISED[type]}.`,
    'No other column is used.',
  ];
}

function learns(policy: Policy): string[] {
  const { k, minRows, maxRows, parties } = policy;
  const several = parties.length > 2;
  return [
    `Every party learns the count, if it is at least ${k}, and otherwise that it is smaller.`,
    `Every party learns how many distinct values each other party brings (from ${minRows} to ${maxRows}).`,
    `The software of every party sees the number of values in common, also when it is below k = ${k} and is not released: k keeps the number from leaving the room.`,
    ...(several
      ? ['It also sees how many values any two or more of the parties have in common, which is not released either.']
      : []),
    'No party is shown which values are in common, nor any value of another party. The count may tell it: a party whose list is as long as the count knows that all its values are in common.',
    ...(minParties(policy) < parties.length
      ? [
          `If parties are left out, the count is of what the remaining ones have in common, which may be as few as ${minParties(policy)} parties.`,
        ]
      : []),
    'Inherent in every count: all other parties together learn what it tells about the last one, and counts of several rooms over nearly the same data can be compared.',
  ];
}

function leaves({ proofMode }: Policy): string[] {
  const sums = proofMode === 'attested' ? 'the sums of the points of each list, ' : '';
  return [
    'To the other parties, through a relay that need not be trusted: this policy; the lists of values, each value as a point on a curve, multiplied by a secret of every party that has handled it; and proofs.',
    `To the chain, where anyone can read it: digests of lists and proofs, ${sums}public keys, the number of parties, k, the row limits, proof mode, deadlines and fees. No row, no name, no purpose, no column name, and no address of a participant’s account.`,
    'Each party keeps a record of what it sent for the room on its own machine; the command "room egress" prints it.',
  ];
}

const TRUSTED: Readonly<Record<Policy['proofMode'], readonly string[]>> = {
  succinct: ['The row limits and that no value is counted twice are proven, too.'],
  attested: [
    'The row limits are not proven: the others’ software refuses a list whose length lies outside them, and nothing shows that a list comes from the rows its party committed to.',
    'A party that passes a list on could change values so that no check shows it, which makes the count too small; all parties but one together could make it any number.',
    'That a count lies below k is signed by nobody but the party that made the match.',
  ],
};

function trust({ proofMode }: Policy): string[] {
  return [
    `The proof mode is "${proofMode}". ${PROOFS[proofMode]}`,
    ...TRUSTED[proofMode],
    'What no proof shows: that a party’s rows are true, and that a party deletes what it attests to have deleted.',
    'Trusted are each party’s own machine, and the reference string and the network that the receipt of the room names.',
  ];
}

/** What each time is for. */
const TIMES: Readonly<Record<keyof typeof STEPS, string>> = {
  invite: 'To accept the invitations',
  approve: 'To approve this policy',
  commit: 'To commit the data',
  join: 'To finish the join',
  share: 'To give the shares of the key that open the result',
};

function times(policy: Policy): string[] {
  const { deadlines } = policy;
  let total = 0;
  return [
    ...Object.entries(TIMES).map(([step, what]) => {
      const seconds = deadlines[step as keyof typeof STEPS];
      total += seconds;
      return `${what}: ${duration(seconds)}, up to ${duration(total)} after the room was made.`;
    }),
    'Each time begins when the time before it ends. A step that is done early does not bring the deadlines after it forward.',
    retention(policy),
  ];
}

function fees(policy: Policy): string[] {
  const { fees: due, parties } = policy;
  const weights = due?.shares?.map((share, i) => `${own(parties[i].label)} ${share}`);
  return [
    ...money(policy),
    ...(weights ? [`The weights of the parties’ shares are: ${weights.join(', ')}.`] : []),
    ...(due
      ? [
          'Public are token, fee, stake and weights, and whether the host or the parties pay; the accounts that pay and are paid are not. The parties see amounts and times of all payments of the room.',
        ]
      : []),
  ];
}

function consent(policy: Policy): string[] {
  const { fees: due } = policy;
  const goesOn = minParties(policy) < policy.parties.length;
  return [
    'Nothing binds a party before it has approved this policy with its own account (the command "room approve").',
    'Where the registered template is of high risk, a second account has to approve for every party.',
    `Until all data is committed a party withdraws freely ("room revoke"): the room ${goesOn ? 'goes on without it if enough parties remain, and ends otherwise' : 'ends without a result'}.`,
    `After that, and until the deadline of the step under way, it can still withdraw, which ends the room without a result${due?.stake === undefined ? '' : ' and costs it its stake, as said under Money'}.`,
    'Once there is a result it stands: it cannot be taken back.',
    CANCELLING,
  ];
}
