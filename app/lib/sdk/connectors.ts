/** Sources of data, and looking at them before they are committed. Node only. */
export { checkReport, reportText, type CheckReport } from '../check/report.ts';
export { entryOf, readLedger, saveEntry, type Ledger, type LedgerEntry } from '../check/ledger.ts';
export { flagText } from '../check/flag.ts';
export { FLAG_IDS, redFlags, type Flag, type FlagInput, type Severity } from '../check/flags.ts';
export { assertNoneStands, assertTwoApprovals, standingFlags } from '../check/override.ts';
export { approvalFlags, type PolicyInput } from '../check/policy-flags.ts';
export { profileTable, type Profile, type ProfileOptions } from '../check/profile.ts';
export { checkTable } from '../connector/conformance.ts';
export { openCsv, type CsvOptions } from '../connector/csv.ts';
export { ConnectorError } from '../connector/errors.ts';
export { readIdentifiers, type IdentifierOptions, type Identifiers } from '../connector/identifiers.ts';
export { openTable, type OpenOptions } from '../connector/open.ts';
export { openSource, type Source } from '../connector/source.ts';
export { placeOf, type Batch, type Row, type Table } from '../connector/table.ts';
