/**
 * A policy as a document for the people who answer for it: all that it says, and what follows from the fixed rules of its
 * template and of the method. docs/limits.md and docs/contract.md have the rules.
 */
import { documentName, minParties } from './parse.ts';
import { aggregateParts } from './aggregate-document.ts';
import { conditionLines, disclosureLines } from './conditions-sentences.ts';
import type { DocumentParts } from './document-parts.ts';
import { cohortsParts } from './cohorts-document.ts';
import { joinedParts } from './joined-document.ts';
import { overlapParts } from './overlap-document.ts';
import { isAggregate, isCohorts, isJoined, isThreshold, type Policy } from './schema.ts';
import { attendance, brings, CANCELLING, money, retention, STEPS } from './sentences.ts';
import { thresholdParts } from './threshold-document.ts';
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
  const parts = partsOf(policy);
  return {
    title: `Data room of ${namesOf(policy.parties)}`,
    digest,
    sections: [
      { heading: 'What is computed and released', lines: parts.computed },
      { heading: 'Who takes part', lines: people(policy) },
      { heading: 'Who may be left out', lines: [attendance(policy)] },
      { heading: 'What each party brings', lines: [...identifiers(policy), ...parts.data] },
      { heading: 'What each party learns', lines: parts.learns },
      { heading: 'What leaves a party’s machine', lines: [...parts.leaves, EGRESS] },
      { heading: 'What is proven, and what is trusted', lines: [...parts.trusted, ...UNPROVEN] },
      { heading: 'Conditions', lines: [...conditionLines(policy), ...disclosureLines(policy)] },
      { heading: 'Timetable', lines: times(policy, parts.times) },
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

function partsOf(policy: Policy): DocumentParts {
  if (isAggregate(policy)) return aggregateParts(policy);
  if (isThreshold(policy)) return thresholdParts(policy);
  if (isCohorts(policy)) return cohortsParts(policy);
  return isJoined(policy) ? joinedParts(policy) : overlapParts(policy);
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

function identifiers(policy: Policy): string[] {
  const { type, normalisation } = policy.identifier;
  return [
    brings(policy),
    `The values are ${nounOf(type)} (type "${type}"). Two are the same if they are after normalisation "${normalisation}": ${NORMALISED[type]}.`,
  ];
}

const EGRESS =
  'Each party keeps a record of what it sent for the room on its own machine; the command "room egress" prints it.';

const UNPROVEN = [
  'What no proof shows: that a party’s rows are true, and that a party deletes what it attests to have deleted.',
  'Trusted are each party’s own machine, and the reference string and the network that the receipt of the room names.',
];

function times(policy: Policy, purposes: DocumentParts['times']): string[] {
  const { deadlines } = policy;
  let total = 0;
  return [
    ...Object.entries(purposes).map(([step, what]) => {
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
