/**
 * The contracts beside the model of the money rules: random stories are played in both, and after each act everybody's
 * balance must be the same. `SOAK=1` plays more of them, of other seeds (MONEY_SEED plays one again).
 */
import fc from 'fast-check';
import { loadConfig } from '../../aztec.config.ts';
import { loadContractArtifact } from '../../app/lib/chain/artifact.ts';
import { ContractRefusal } from '../../app/lib/chain/contract.ts';
import { openSubscription, type SubscriptionClient } from '../../app/lib/escrow/subscription.ts';
import { openEscrow } from '../../app/lib/escrow/escrow.ts';
import { EscrowTermsError, type EscrowTerms } from '../../app/lib/escrow/terms.ts';
import { keyHashes } from '../../app/lib/room/acts.ts';
import { openRegistry } from '../../app/lib/registry/registry.ts';
import { randomField } from '../../app/lib/protocol/context.ts';
import { warpL2TimeBy } from '../../scripts/network/warp.ts';
import { openBed, type Bed } from '../support/bed.ts';
import { send } from '../support/calls.ts';
import { TEMPLATES } from '../support/deployment.ts';
import {
  division,
  dueFor,
  forfeitShare,
  innocents,
  isRefused,
  openMoney,
  slotName,
  step,
  takings,
  total,
  type Act,
  type Money,
  type MoneyTerms,
} from '../support/money-model.ts';
import { openMoneyRoom, openPurses, type MoneyRoom, type Purses } from '../support/money-room.ts';
import { anyPart, anySlot, dues, moneyAct, moneyTerms, PURSE, shuffled } from '../support/money-stories.ts';
import { SOAK } from '../support/choice.ts';

const SLOTS = 3;
const SEED = Number(process.env.MONEY_SEED ?? (SOAK ? Date.now() % 1_000_000_000 : 20));
const HOUR = 3600;

/** How a story's room ends. */
type Ending = 'release' | 'slash' | 'cancel' | 'expire' | 'revoke';
const ENDINGS: Ending[] = SOAK
  ? [
      'release',
      'slash',
      'expire',
      'revoke',
      'cancel',
      'release',
      'expire',
      'slash',
      'release',
      'expire',
      'slash',
      'release',
    ]
  : ['slash'];

let bed: Bed;
let purses: Purses;
beforeAll(async () => {
  bed = await openBed({ slots: SLOTS });
  purses = await openPurses(bed, PURSE);
});
afterAll(() => bed?.close());

const acts = (maxLength: number) => fc.array(moneyAct(SLOTS), { maxLength });

/** A story with the given ending; `missing` are those by whose fault it ends so. */
const story = (ending: Ending) =>
  fc.record({
    ending: fc.constant(ending),
    terms: moneyTerms(SLOTS).map((terms) => ({
      ...terms,
      // Something has to be at stake, or there is no escrow.
      ...(terms.fee === 0n && terms.stake === 0n ? { stake: 7n } : {}),
      ...(ending === 'slash' ? { stake: terms.stake || 11n } : {}),
    })),
    subscriber: fc.option(
      fc.record({ slot: anySlot(SLOTS), part: anyPart(SLOTS), sessions: fc.integer({ min: 1, max: 2 }) }),
    ),
    early: acts(4),
    leaver: fc.option(anySlot(SLOTS)),
    late: acts(3),
    missing: anySlot(2),
    closes: fc.boolean(),
    after: acts(6),
    order: fc.array(fc.nat(), { minLength: 64, maxLength: 64 }),
  });
type Story = ReturnType<typeof story> extends fc.Arbitrary<infer S> ? S : never;

/** What happens before everybody takes what is theirs. */
function plot({ ending, terms, subscriber, early, leaver, late, missing, closes, after }: Story): Act[] {
  const by = slotName(subscriber?.slot ?? 0);
  const part = subscriber?.part ?? 0;
  const price = dueFor(terms, part);
  const subscribes: Act[] =
    subscriber && price > 0n ? [{ kind: 'subscribe', price, sessions: subscriber.sessions, by }] : [];
  const leaves: Act[] = leaver !== null && leaver < terms.slots ? [{ kind: 'withdraw', slot: leaver }] : [];
  const ends: Record<Ending, Act[]> = {
    release: [{ kind: 'join' }, ...late, { kind: 'release' }, ...(closes ? [{ kind: 'close' } as const] : [])],
    // Of the slots that are left, whichever they are, one or two fail.
    slash: [{ kind: 'join' }, ...late, ...[0, 1, 2].map((slot): Act => ({ kind: 'withdraw', slot }))],
    expire: [{ kind: 'join' }, ...late, { kind: 'expire', missing: [missing, missing + 1] }],
    cancel: [{ kind: 'cancel' }],
    revoke: [0, 1, 2].map((slot): Act => ({ kind: 'withdraw', slot })),
  };
  const pays: Act = { kind: 'pay', part, by };
  const remaining = terms.minSlots < terms.slots || ending === 'revoke' ? leaves : [];
  return [...subscribes, ...early, pays, ...remaining, ...dues(terms), ...ends[ending], ...after];
}

/** The contracts' side of a story. */
class Chain {
  readonly room: MoneyRoom;
  readonly subscriptions = new Map<string, SubscriptionClient>();

  constructor(room: MoneyRoom) {
    this.room = room;
  }

  static async open({ terms, ending }: Story): Promise<Chain> {
    const deadline = ending === 'expire' ? 2 * HOUR : 24 * HOUR;
    const phases = ['invite', 'approve', 'commit', 'join', 'share', 'retention'] as const;
    const room = await openMoneyRoom(await bedWithShares(terms), purses, {
      slots: terms.slots,
      minSlots: terms.minSlots,
      deadlines: Object.fromEntries(phases.map((phase) => [phase, deadline])),
      money: moneyOf(terms),
    });
    await room.driveTo('committing');
    return new Chain(room);
  }

  /** Does what an act says; false when it is refused. */
  async perform(act: Act, before: Money): Promise<boolean> {
    try {
      return (await this.#act(act, before)) !== undefined;
    } catch (error) {
      if (error instanceof ContractRefusal || error instanceof EscrowTermsError) return false;
      throw error;
    }
  }

  /** What everybody holds, in the model's terms. */
  async balances(): Promise<Omit<Balances, 'total'>> {
    const { escrows } = this.room;
    const slots = await Promise.all(purses.slots.map(({ balance }) => balance()));
    const held = await Promise.all(
      [...this.subscriptions].map(async ([by, { balance }]) => [by, await balance()] as const),
    );
    return {
      purses: {
        ...Object.fromEntries(slots.map((amount, slot) => [slotName(slot), amount])),
        author: await purses.author.balance(),
        treasury: await purses.treasury.balance(),
      },
      escrow: await escrows[escrows.length - 1].balance(),
      subscriptions: Object.fromEntries(held),
    };
  }

  async #act(act: Act, before: Money): Promise<unknown> {
    const { room, subscriptions } = this;
    const escrowOf = (by: string) => room.escrows[Number(by.split(' ')[1])];
    switch (act.kind) {
      case 'deposit':
        return escrowOf(act.by).deposit(act.part);
      case 'refund':
        return escrowOf(act.by).refund(act.part);
      case 'claim':
        return escrowOf(act.by).claim(act.slot);
      case 'claim slashed':
        return escrowOf(act.by).claimSlashed(act.slot, act.faulty);
      case 'pay template':
        return escrowOf(act.by).payTemplate();
      case 'pay':
        return subscriptions.get(act.by)?.pay(escrowOf(act.by), act.part);
      case 'subscribe':
        return this.#subscribe(act);
      case 'end subscription':
        return subscriptions.get(act.by)?.end();
      case 'lapse':
        return warpL2TimeBy(3 * HOUR, loadConfig().network);
      default:
        return this.#moveRoom(act, before);
    }
  }

  async #subscribe({ by, price, sessions }: Extract<Act, { kind: 'subscribe' }>): Promise<string> {
    const slot = Number(by.split(' ')[1]);
    const { party } = bed.slots[slot];
    const terms = { token: purses.token, price, sessions, expires: (await bed.now()) + BigInt(3 * HOUR) };
    const artifact = await loadContractArtifact('room_escrow', party.srs);
    const client = await openSubscription(party.wallet, artifact, terms, randomField(), purses.slots[slot]);
    this.subscriptions.set(by, client);
    return client.subscribe();
  }

  async #moveRoom(act: Act, { active }: Money): Promise<unknown> {
    const { room } = this;
    const client = bed.slots[0].client;
    switch (act.kind) {
      case 'withdraw':
        if (act.slot >= room.records.length) return undefined;
        return send(bed.slots[act.slot].client, await room.revoke(act.slot));
      case 'join':
        for (const slot of active) await room.confirm(slot);
        await room.driveTo('joining', active);
        return true;
      case 'release':
        await room.driveTo('released', active);
        return true;
      case 'expire': {
        const others = active.filter((slot) => !act.missing.includes(slot));
        await room.sendAll(await room.due(others));
        await warpL2TimeBy(2 * HOUR, loadConfig().network);
        return send(client, await room.expire());
      }
      case 'close':
        return send(client, await room.close());
      case 'cancel':
        return send(client, await room.cancel());
      default:
        throw new Error(`${act.kind} is not played on chain`);
    }
  }
}

/** The bed, with a template of the story's shares in place of the usual one. */
async function bedWithShares({ authorShare, treasuryShare }: MoneyTerms): Promise<Bed> {
  const { party } = await bed.stranger('author');
  const artifact = await loadContractArtifact('template_registry', party.srs);
  const registry = await openRegistry(party.connection, party.wallet, artifact, bed.deployment.registry);
  const name = `shares-${randomField() % 1_000_000_000_000n}`;
  const id = await registry.register(name, 1, await keyHashes(party.prover), {
    ...TEMPLATES.overlap,
    author_share: authorShare,
    treasury_share: treasuryShare,
  });
  const { deployment } = bed;
  return { ...bed, deployment: { ...deployment, templates: { ...deployment.templates, 'overlap/1': id } } };
}

/** Fees as a policy states them. */
function moneyOf({ fee, payer, stake, shares, slots }: MoneyTerms) {
  return {
    ...(payer === 'nobody' ? {} : { fee: `${fee}`, payer, shares: shares.slice(0, slots) }),
    ...(stake === 0n ? {} : { stake: `${stake}` }),
  };
}

type Balances = Readonly<{
  purses: Readonly<Record<string, bigint>>;
  escrow: bigint;
  subscriptions: Readonly<Record<string, bigint>>;
  total: bigint;
}>;

const balancesOf = (money: Money): Balances => ({
  purses: money.purses,
  escrow: money.escrow,
  subscriptions: Object.fromEntries(Object.entries(money.subscriptions).map(([by, { held }]) => [by, held])),
  total: total(money),
});

const shown = (act: Act): string => JSON.stringify(act, (_, value) => (typeof value === 'bigint' ? `${value}` : value));

test.each(ENDINGS.map((ending, i) => [ending, i] as const))(
  'contracts and model agree on every balance of a story that ends with %s (%i)',
  async (ending, i) => {
    const [told] = fc.sample(story(ending), { numRuns: 1, seed: SEED + i });
    const chain = await Chain.open(told);
    let money = openMoney(told.terms, (await chain.balances()).purses);
    const { total: all } = balancesOf(money);
    const play = async (act: Act): Promise<void> => {
      const outcome = step(money, act);
      const said = `seed ${SEED}: ${shown(act)}`;
      expect([said, await chain.perform(act, money)]).toEqual([said, !isRefused(outcome)]);
      if (isRefused(outcome)) return;
      money = outcome;
      const { total: sum, ...balances } = balancesOf(money);
      expect([said, await chain.balances(), sum]).toEqual([said, balances, all]);
    };

    for (const act of plot(told)) await play(act);
    for (const [by, { sessions }] of Object.entries(money.subscriptions)) {
      if (sessions > 0) await play({ kind: 'lapse', by });
    }
    for (const act of shuffled(takings(money), told.order)) await play(act);
    expect(money.escrow).toBe(0n);
    expect(Object.values(money.subscriptions).every(({ held }) => held === 0n)).toBe(true);
    const { author, treasury } = division(money);
    expect(money.given.includes('template')).toBe(ending === 'release' && author + treasury > 0n);
    if (ending === 'slash') expect(money.given.some((what) => what.startsWith('stake'))).toBe(true);
  },
);

test('the escrow divides fees and forfeited stakes as the model does, for any terms and any slots', async () => {
  const { party } = bed.slots[0];
  const artifact = await loadContractArtifact('room_escrow', party.srs);
  const base: Omit<EscrowTerms, 'fee' | 'payer' | 'stake' | 'shares' | 'slots' | 'author_share' | 'treasury_share'> = {
    rooms: bed.contract,
    room_id: 1n,
    token: purses.token,
    author: 2n,
    treasury: 3n,
  };
  const numbers = { nobody: 0, host: 1, slots: 2 };
  // The function needs some instance to run in, whatever its terms.
  const { contract } = await openEscrow(
    party.wallet,
    artifact,
    { ...base, fee: 0n, payer: 0, stake: 1n, shares: [0, 0, 0, 0, 0], slots: 2, author_share: 0, treasury_share: 0 },
    randomField(),
    purses.slots[0],
  );
  const mask = (slots: readonly number[]) => slots.reduce((bits, slot) => bits | (1 << slot), 0);
  const slots = fc.uniqueArray(anySlot(5), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(moneyTerms(5), slots, slots, async (terms, stayed, guilty) => {
      const active = stayed.filter((slot) => slot < terms.slots).sort();
      const atFault = guilty.filter((slot) => active.includes(slot));
      const money: Money = { ...openMoney(terms, {}), active, atFault };
      const { author, treasury, shares } = division(money);
      const perSlot = (amount: (slot: number) => bigint) => [0, 1, 2, 3, 4].map(amount);
      const { fee, stake, authorShare: author_share, treasuryShare: treasury_share } = terms;
      const stated = {
        ...base,
        fee,
        stake,
        shares: [...terms.shares],
        slots: terms.slots,
        author_share,
        treasury_share,
      };
      expect(
        await contract.view('preview', { ...stated, payer: numbers[terms.payer] }, mask(active), mask(atFault)),
      ).toEqual({
        author,
        treasury,
        slots: perSlot((slot) => shares.get(slot) ?? 0n),
        forfeits: perSlot((slot) => (innocents(money).includes(slot) ? forfeitShare(money, slot) : 0n)),
      });
    }),
    { numRuns: SOAK ? 1000 : 12, seed: SEED },
  );
});
