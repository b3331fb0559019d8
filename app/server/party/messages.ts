/** What the app's server and the process that works for a profile say to each other. */
import type { CheckReport } from '../../lib/check/report.ts';
import type { Flag } from '../../lib/check/flags.ts';
import type { Progress } from '../../lib/room/session.ts';
import type { Decision } from '../../lib/room/engine.ts';
import type { Role } from '../../lib/room/grant.ts';
import type { What } from './money.ts';

/** A table to read: a file of this machine, or a database or object store by its URL. */
export type Source = {
  readonly where: string;
  readonly table?: string;
  readonly query?: string;
  readonly delimiter?: string;
  readonly s3Endpoint?: string;
};

type InRoom = { readonly room: string };
type Looked = { readonly override: readonly Flag['id'][]; readonly region?: string };
/** A grant, by what stands on chain for it: `0x` and 64 hexadecimal digits. */
type Held = { readonly grant: string };
/** What came of an act, in lines for the person who asked for it. */
type Told = { readonly told: readonly string[] };
type Reading = { readonly source: Source; readonly column: string };

/** What an account of another wallet does as host. */
export type HostCall = 'create' | 'cancel' | 'close';

/** What can be asked for: the input and the output of each act. Rooms are named by `0x` and 64 hexadecimal digits. */
export type Acts = {
  /** Opens the wallet, which deploys the account on first use. */
  open: { input: object; output: { readonly address: string } };
  /** The policy is JSON text. */
  create: { input: { readonly policy: string; readonly highRisk: boolean }; output: InRoom };
  /** Prepares a room that another wallet's account hosts: `host` is its address. */
  draft: { input: { readonly policy: string; readonly highRisk: boolean; readonly host: string }; output: InRoom };
  /** Writes a call of the host for that wallet to send. The call is JSON, see `WrittenCall`. */
  write: { input: InRoom & { readonly call: HostCall }; output: { readonly call: string } };
  join: { input: InRoom & { readonly invite: string }; output: InRoom };
  /** Needs neither wallet nor network. The policy is JSON text. */
  check: { input: InRoom & Reading & { readonly policy: string; readonly region?: string }; output: CheckReport };
  approve: { input: InRoom & Looked; output: object };
  /** Approves for the slot that granted this account the role. */
  'approve-as': { input: InRoom & Held & Looked; output: object };
  /** Puts the digest of an audit report on record: `0x` and 64 hexadecimal digits. */
  'record-audit': { input: InRoom & Held & { readonly digest: string }; output: object };
  /** Grants a role to an account. */
  grant: {
    input: InRoom & { readonly role: Role; readonly to: string; readonly as: 'slot' | 'host' };
    output: Held;
  };
  'revoke-role': { input: InRoom & Held; output: object };
  /** Looks at the account's balance and at what is paid. */
  purse: { input: InRoom; output: Told };
  /** Gives the account sample tokens, on a local network. The amount is in token units, decimal. */
  mint: { input: InRoom & { readonly amount: string }; output: object };
  /** Pays whatever is due from the party, or its fee or stake alone. */
  pay: { input: InRoom & { readonly what?: What }; output: object };
  /** Proves that all due is paid, which the process does by itself, too. */
  confirm: { input: InRoom; output: object };
  claim: { input: InRoom; output: Told };
  refund: { input: InRoom; output: Told };
  delete: { input: InRoom; output: Told };
  commit: { input: InRoom & Reading & Looked; output: object };
  revoke: { input: InRoom; output: object };
  dispute: { input: InRoom; output: object };
  cancel: { input: InRoom; output: object };
  close: { input: InRoom; output: object };
  'leave-out': { input: InRoom; output: object };
  expire: { input: InRoom; output: object };
  receipt: { input: InRoom; output: object };
};

/** The name of an act. */
export type Act = keyof Acts;

/** To the process. */
export type Request = { [Name in Act]: { id: number; act: Name; input: Acts[Name]['input'] } }[Act];

/** How a room that the process drives came along. */
export type TurnNews =
  | { readonly kind: 'acted'; readonly step: string }
  | { readonly kind: 'waiting'; readonly on: string }
  | { readonly kind: 'decision'; readonly step: Decision }
  | { readonly kind: 'finished' }
  | { readonly kind: 'stuck'; readonly reason: string };

/** From the process. */
export type Reply =
  | { readonly id: number; readonly output: Acts[Act]['output'] }
  | { readonly id: number; readonly refused: string }
  | { readonly progress: Progress; readonly room?: string; readonly id?: number }
  | { readonly turn: TurnNews; readonly room: string };
