/**
 * The wizard's form of a policy: texts as a person types them. A document that the form cannot show in full keeps what is
 * beyond it, so that nothing of a pasted document is lost.
 */
import type { IdentifierType, Policy } from '../../lib/policy/schema.ts';

/** A value column as it is typed. */
export type ColumnDraft = {
  column: string;
  kind: 'number' | 'labels';
  decimals: string;
  min: string;
  max: string;
  release: 'nothing' | 'sum' | 'variance';
  /** One in each line. */
  labels: string;
};

/** The form. */
export type Draft = {
  template: Policy['template']['name'];
  purpose: string;
  parties: string[];
  /** Empty: all. */
  minParties: string;
  identifier: { type: IdentifierType; column: string };
  k: string;
  minRows: string;
  maxRows: string;
  proofMode: 'succinct' | 'attested';
  columns: ColumnDraft[];
  /** Of rooms that aggregate; an empty column: all rows are one group. Borders are separated by commas. */
  grouping: { column: string; borders: string };
  contributors: string;
  /** In days. */
  deadlines: Record<Deadline, string>;
  fees: { token: string; fee: string; payer: 'host' | 'slots'; shares: string; stake: string };
  /** Fields of the document that the form does not show, by name. */
  others: Record<string, unknown>;
};

/** The times of a policy, in their order. */
export const DEADLINES = ['invite', 'approve', 'commit', 'join', 'share', 'retention'] as const;
type Deadline = (typeof DEADLINES)[number];

const DAY = 86_400;

/** Fields of a document that the form shows, of all analyses and of those that aggregate. */
const SHOWN: readonly string[] = [
  ...['version', 'template', 'purpose', 'parties', 'minParties', 'identifier', 'k', 'minRows', 'maxRows', 'proofMode'],
  ...['deadlines', 'fees'],
];
const SHOWN_OF_AGGREGATES: readonly string[] = ['columns', 'grouping', 'contributors'];

/** What stands in the document of an analysis whose columns the form does not show, for people to fill in there. */
const TO_FILL_IN: Partial<Record<Draft['template'], Draft['others']>> = {
  'intersection-sum': { columns: [{ slot: 1, column: '', decimals: 0, min: '0', max: '', release: 'sum' }] },
  lift: {
    assignment: { slot: 0, column: '', control: 'control', test: 'test' },
    outcomes: [{ slot: 1, column: '', kind: 'binary' }],
  },
};

/** The form as it is before anything is typed: what is not typed has a careful value. */
export function newDraft(template: Draft['template']): Draft {
  return {
    template,
    purpose: '',
    parties: ['', ''],
    minParties: '',
    identifier: { type: template === 'overlap' ? 'email' : 'exact', column: '' },
    k: '10',
    minRows: '20',
    maxRows: '1024',
    proofMode: 'succinct',
    columns: template === 'aggregate' ? [newColumn()] : [],
    grouping: { column: '', borders: '' },
    contributors: '2',
    deadlines: { invite: '3', approve: '3', commit: '3', join: '3', share: '3', retention: '30' },
    fees: { token: '', fee: '', payer: 'host', shares: '', stake: '' },
    others: TO_FILL_IN[template] ?? {},
  };
}

/** A value column before anything is typed. */
export function newColumn(): ColumnDraft {
  return { column: '', kind: 'number', decimals: '0', min: '0', max: '', release: 'sum', labels: '' };
}

/** The document of a form. What is wrong in it, `parsePolicy` tells. */
export function documentOf(draft: Draft): Record<string, unknown> {
  const { template, identifier, deadlines, fees, others } = draft;
  return {
    version: 2,
    template: { name: template, version: 1 },
    purpose: draft.purpose.trim(),
    parties: draft.parties.map((label) => ({ label: label.trim() })),
    ...(draft.minParties === '' ? {} : { minParties: numberOf(draft.minParties) }),
    identifier: { ...identifier, column: identifier.column.trim(), normalisation: `${identifier.type}/1` },
    k: numberOf(draft.k),
    minRows: numberOf(draft.minRows),
    maxRows: numberOf(draft.maxRows),
    proofMode: draft.proofMode,
    ...(template === 'aggregate' ? aggregateParts(draft) : {}),
    ...(fees.token.trim() === '' ? {} : { fees: feesOf(fees) }),
    deadlines: Object.fromEntries(DEADLINES.map((name) => [name, secondsOf(deadlines[name])])),
    ...others,
  };
}

/** The form of a valid policy. */
export function draftOf(policy: Policy): Draft {
  const { template, identifier, deadlines, fees } = policy;
  const base = newDraft(template.name);
  const shown = template.name === 'aggregate' ? [...SHOWN, ...SHOWN_OF_AGGREGATES] : SHOWN;
  return {
    ...base,
    purpose: policy.purpose,
    parties: policy.parties.map(({ label }) => label),
    minParties: policy.minParties === undefined ? '' : String(policy.minParties),
    identifier: { type: identifier.type, column: identifier.column },
    k: String(policy.k),
    minRows: String(policy.minRows),
    maxRows: String(policy.maxRows),
    proofMode: policy.proofMode,
    ...('contributors' in policy
      ? {
          columns: policy.columns.map((column) =>
            'labels' in column
              ? { ...newColumn(), column: column.column, kind: 'labels' as const, labels: column.labels.join('\n') }
              : { ...newColumn(), ...column, decimals: String(column.decimals) },
          ),
          grouping: {
            column: policy.grouping?.column ?? '',
            borders: policy.grouping?.borders?.join(', ') ?? '',
          },
          contributors: String(policy.contributors),
        }
      : {}),
    deadlines: Object.fromEntries(DEADLINES.map((name) => [name, String(deadlines[name] / DAY)])) as Draft['deadlines'],
    fees: {
      token: fees?.token ?? '',
      fee: fees?.fee ?? '',
      payer: fees?.payer ?? 'host',
      shares: fees?.shares?.join(', ') ?? '',
      stake: fees?.stake ?? '',
    },
    others: Object.fromEntries(Object.entries(policy).filter(([name]) => !shown.includes(name))),
  };
}

function aggregateParts({ columns, grouping, contributors }: Draft): object {
  return {
    columns: columns.map(({ column: typed, kind, labels, decimals, min, max, release }) => {
      const column = typed.trim();
      return kind === 'labels'
        ? { column, labels: partsOf(labels, '\n') }
        : { column, decimals: numberOf(decimals), min: min.trim(), max: max.trim(), release };
    }),
    ...(grouping.column === ''
      ? {}
      : {
          grouping: {
            column: grouping.column,
            ...(grouping.borders.trim() === '' ? {} : { borders: partsOf(grouping.borders) }),
          },
        }),
    contributors: numberOf(contributors),
  };
}

function feesOf({ token, fee, payer, shares, stake }: Draft['fees']): object {
  return {
    token: token.trim(),
    ...(fee.trim() === '' ? {} : { fee: fee.trim(), payer, shares: partsOf(shares).map(numberOf) }),
    ...(stake.trim() === '' ? {} : { stake: stake.trim() }),
  };
}

/** A number that was typed; what is none stays text, which the schema refuses with its own words. */
function numberOf(text: string): number | string {
  return /^-?\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : text.trim();
}

function secondsOf(days: string): number | string {
  const number = numberOf(days);
  return typeof number === 'number' ? Math.round(number * DAY) : number;
}

function partsOf(text: string, separator = ','): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
