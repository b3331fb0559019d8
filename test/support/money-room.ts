/** Rooms that cost something: a token of the test's own, everybody's purse, and the room's escrow as each slot uses it. */
import { TokenContractArtifact } from '@aztec/noir-contracts.js/Token';
import { deployContract } from '../../app/lib/chain/contract.ts';
import { expectPayments, openEscrow, type EscrowClient } from '../../app/lib/escrow/escrow.ts';
import { openToken, type TokenClient } from '../../app/lib/escrow/token.ts';
import { fieldToHex } from '../../app/lib/field/field.ts';
import { policyTerms, type Policy } from '../../app/lib/policy/policy.ts';
import { confirmPayment, openEscrowOf, openRoomEscrow } from '../../app/lib/room/money.ts';
import { templateOf } from './deployment.ts';
import { openRoom, policyOf, type RoomOptions, type TestRoom } from './room.ts';
import type { Actor, Bed } from './bed.ts';

/** A token, and every account's view of it. */
export type Purses = {
  readonly token: bigint;
  /** Of the accounts that take slots, in their order. */
  readonly slots: readonly TokenClient[];
  readonly author: TokenClient;
  readonly treasury: TokenClient;
  readonly outsider: TokenClient;
};

/**
 * Deploys a token and gives each slot's account and the outsider `amount` of it, in private. Author and treasury start
 * with nothing.
 */
export async function openPurses(bed: Bed, amount: bigint): Promise<Purses> {
  const [author, treasury] = [await bed.stranger('author'), await bed.stranger('treasury')];
  const minter = author.party.wallet;
  const token = await deployContract(minter, TokenContractArtifact, [
    minter.address.toBigInt(),
    'Test dollar',
    'TUSD',
    6,
  ]);
  const open = ({ party }: Actor) => openToken(party.connection, party.wallet, token);
  const holders = [...bed.slots, bed.outsider];
  const clients = await Promise.all(holders.map(open));
  const mint = await open(author);
  await Promise.all(
    holders.map(async ({ party }, i) => {
      await party.wallet.wallet.registerSender(minter.address, 'minter');
      await mint.contract.send('mint_to_private', clients[i].contract.sender, amount);
    }),
  );
  return {
    token,
    slots: clients.slice(0, -1),
    author: mint,
    treasury: await open(treasury),
    outsider: clients[clients.length - 1],
  };
}

/** Money of a room, beside its token. */
export type MoneyOptions = Omit<RoomOptions, 'fees' | 'escrow'> & {
  readonly money: Omit<NonNullable<Policy['fees']>, 'token'>;
};

/** A room that costs something. */
export type MoneyRoom = TestRoom & {
  /** The room's escrow, as each account of the bed uses it; accounts beyond the room's slots got hold of its secret. */
  readonly escrows: readonly EscrowClient[];
  /** Proves that a slot's payment lies in the escrow. */
  confirm(slot: number): Promise<string>;
};

/** Creates a room on chain; author and treasury of its template wait for its payments. */
export async function openMoneyRoom(bed: Bed, purses: Purses, options: MoneyOptions): Promise<MoneyRoom> {
  const { money, ...others } = options;
  const fees = { token: fieldToHex(purses.token), ...money };
  const template = templateOf(bed.deployment, options.template ?? 'overlap');
  const policy = policyTerms(policyOf({ ...others, fees }), template);
  const room = await openRoom(bed, {
    ...others,
    fees,
    escrow: async (host) => (await openEscrowOf(bed.slots[0].party, host, policy)).instance.address,
  });
  const { view } = await room.read();
  const escrows: EscrowClient[] = [];
  for (const session of room.sessions) escrows.push(await openRoomEscrow(session, view));
  const { terms, instance } = escrows[0];
  for (const [slot, { party }] of bed.slots.entries()) {
    escrows[slot] ??= await openEscrow(party.wallet, instance.artifact, terms, instance.secret, purses.slots[slot]);
  }
  for (const name of ['author', 'treasury'] as const) {
    await expectPayments((await bed.stranger(name)).party.wallet, instance.address);
  }
  return {
    ...room,
    escrows,
    confirm: async (slot) => {
      const session = { ...room.sessions[slot], contract: bed.slots[slot].client };
      return confirmPayment(session, (await room.read()).view);
    },
  };
}
