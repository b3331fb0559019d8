/** Each rule of a room, broken once in a log that is right up to there: the replay refuses it and says why. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { FieldError } from '../../app/lib/field/field.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { add, mul } from '../../app/lib/curve/grumpkin.ts';
import { proveDleq, proveHopSums, type HopSums } from '../../app/lib/protocol/dleq.ts';
import {
  RoomLog,
  ROOM,
  chunkOf,
  derived,
  keysOf,
  listOf,
  numberOf,
  roomIn,
  seedOf,
  sigma,
  STRAY_POINT,
  type Value,
} from './log.ts';
import { refuses, type Case } from './refuses.ts';

beforeAll(initField);

const FEES = { token: 9n, fee: 100n, payer: 2, stake: 50n, shares: [1, 1, 1, 0, 0] };

describe('a room is not created', () => {
  type Draft = Value<'RoomCreated'>;
  /** A creation with a change, and with digest and context made to fit. */
  const created = (change: (draft: Draft) => void, fit = true) => {
    const log = new RoomLog({ fees: FEES });
    const draft = structuredClone(log.creation);
    change(draft);
    return log.add('RoomCreated', fit ? derived(draft) : draft);
  };
  /** Makes the room one that aggregates, but for what is given. */
  const plan = (draft: Draft, policy: object, terms = policy) => {
    const aggregating = { plan: 7n, contributors: 2 };
    Object.assign(draft.policy, aggregating, policy);
    Object.assign(draft.terms, aggregating, terms);
  };
  refuses([
    ['under id zero', () => created((d) => (d.room_id = 0n)), /room id is zero/],
    ['with one slot', () => created((d) => (d.policy.slots = d.terms.slots = 1)), /2 to 5 slots, the policy names 1/],
    ['with six slots', () => created((d) => (d.policy.slots = d.terms.slots = 6)), /2 to 5 slots, the policy names 6/],
    ['to go on with one', () => created((d) => (d.policy.min_slots = d.terms.min_slots = 1)), /cannot go on with 1/],
    ['to go on with more', () => created((d) => (d.policy.min_slots = d.terms.min_slots = 4)), /cannot go on with 4/],
    ['with k zero', () => created((d) => (d.policy.k = d.terms.k = 0)), /limits make no sense/],
    ['without rows', () => created((d) => (d.policy.min_rows = d.terms.min_rows = 0)), /limits make no sense/],
    ['with less than least rows', () => created((d) => (d.policy.max_rows = d.terms.max_rows = 4)), /limits make no/],
    ['with an invite too few', () => created((d) => (d.invites[2] = 0n)), /one invite commitment for each slot/],
    ['with an invite too many', () => created((d) => (d.invites[3] = 1n)), /one invite commitment for each slot/],
    ['with another payer', () => created((d) => (d.policy.fees.payer = d.terms.payer = 3)), /a fee needs a payer/],
    ['with a fee of nobody', () => created((d) => (d.policy.fees.payer = d.terms.payer = 0)), /a fee needs a payer/],
    ['with a payer of nothing', () => created((d) => (d.policy.fees.fee = 0n)), /a payer a fee/],
    ['with a fee of 2^108', () => created((d) => (d.policy.fees.fee = 1n << 108n)), /amount is out of range/],
    ['with a fee of less than a unit each', () => created((d) => (d.policy.fees.fee = 2n)), /cannot be divided/],
    ['with a stake of 2^108', () => created((d) => (d.policy.fees.stake = 1n << 108n)), /amount is out of range/],
    ['with a share of nobody', () => created((d) => (d.policy.fees.shares[3] = 1)), /share of slot 3 makes no sense/],
    ['with too large a share', () => created((d) => (d.policy.fees.shares[0] = 10_001)), /share of slot 0 makes no/],
    [
      'without escrow for its fees',
      () => created((d) => (d.terms.escrow = 0n)),
      /an escrow exactly where money is due/,
    ],
    ['with another payer in its terms', () => created((d) => (d.terms.payer = 1)), /disagree about money/],
    ['with no stake in its terms', () => created((d) => (d.terms.staked = false)), /disagree about money/],
    ['of another template', () => created((d) => (d.terms.template = 1n)), /disagree about template/],
    ['with another number of slots', () => created((d) => (d.terms.slots = 4)), /disagree about slots/],
    ['with another least number', () => created((d) => (d.terms.min_slots = 3)), /disagree about min_slots/],
    ['with another k', () => created((d) => (d.terms.k = 4)), /disagree about k/],
    ['with other least rows', () => created((d) => (d.terms.min_rows = 4)), /disagree about min_rows/],
    ['with other most rows', () => created((d) => (d.terms.max_rows = 33)), /disagree about max_rows/],
    ['with other rules', () => created((d) => (d.terms.rules = 1n)), /disagree about rules/],
    [
      'in a mode of proof that there is not',
      () => created((d) => (d.policy.proof_mode = d.terms.proof_mode = 2)),
      /there is no proof mode 2/,
    ],
    [
      'with a plan without contributors',
      () => created((d) => (d.policy.plan = d.terms.plan = 1n)),
      /a plan needs cont/,
    ],
    ['with contributors without a plan', () => created((d) => (d.policy.contributors = 1)), /contributors a plan/],
    [
      'with more contributors than it needs slots',
      () => created((d) => plan(d, { contributors: 3 })),
      /a room of at least 2 slots asks for 3 contributors/,
    ],
    [
      'with a plan, in another mode of proof',
      () => created((d) => plan(d, { proof_mode: 1 })),
      /a room with a plan is succinct/,
    ],
    ['with another plan', () => created((d) => plan(d, {}, { plan: 8n })), /disagree about plan/],
    ['with other contributors', () => created((d) => plan(d, {}, { contributors: 1 })), /disagree about contributors/],
    ['in another mode of proof', () => created((d) => (d.terms.proof_mode = 1)), /disagree about proof_mode/],
    ['under a policy of another mode', () => created((d) => (d.policy.proof_mode = 1)), /disagree about proof_mode/],
    ['to be approved by nobody', () => created((d) => (d.terms.approvals = 0)), /one or two accounts approve/],
    ['to be approved by three', () => created((d) => (d.terms.approvals = 3)), /one or two accounts approve/],
    ['under another digest', () => created((d) => (d.terms.policy_digest += 1n), false), /digest is not that of the/],
    ['under another document', () => created((d) => (d.policy.document_low += 1n), false), /digest is not that of/],
    [
      'of another network',
      () => created((d) => (d.terms.context += 1n), false),
      /context does not belong to this chain/,
    ],
    ['with another circuit', () => created((d) => (d.circuits[17] += 1n), false), /context does not belong to this/],
    ...(['invite', 'approve', 'commit', 'join', 'share'] as const).map((name): Case => {
      const late = (d: Draft) => (d.terms.deadlines[name] = 601n);
      return [`with the ${name} deadline behind the next`, () => created(late), /deadlines are out of order/];
    }),
  ]);

  test('with an escrow where nothing is to be paid', () => {
    const log = new RoomLog();
    log.add('RoomCreated', { ...log.creation, terms: { ...log.creation.terms, escrow: 1n } });
    expect(() => log.replay()).toThrow('an escrow exactly where money is due');
  });

  test('twice, or later than something else, or not at all', () => {
    expect(() => new RoomLog().create().create().replay()).toThrow('created once');
    expect(() => new RoomLog().take(0).replay()).toThrow('first event of a room must create it');
    expect(() => new RoomLog().replay()).toThrow('no events');
  });
});

describe('a log is refused', () => {
  test('when its blocks are not in order', () => {
    const log = roomIn('approving');
    log.events[2] = { ...log.events[2], block: 1 };
    expect(() => log.replay()).toThrow('not in the order of the chain');
  });

  test('when an event is of another room', () => {
    const log = roomIn('inviting');
    log.add('SlotTaken', { ...log.taken(0), room_id: ROOM + 1n });
    expect(() => log.replay()).toThrow('an event of another room');
  });
});

describe('a slot is not taken', () => {
  const log = () => roomIn('inviting');
  const taken = (change: (value: Value<'SlotTaken'>) => void, slot = 0) => {
    const room = log();
    const value = room.taken(slot);
    change(value);
    return room.add('SlotTaken', value);
  };
  refuses([
    ['that does not exist', () => log().take(3), /slot 3 does not exist/],
    ['twice', () => log().take(0, 0), /slot 0 does not exist or was taken twice/],
    ['when all are', () => roomIn('approving').take(0), /taken while the room is approving/],
    [
      'with another slot’s proofs',
      () => taken((v) => (v.slot = 1)),
      /slot 1: no proof of possession of its decryption/,
    ],
    [
      'with keys in each other’s place',
      () =>
        taken((v) => {
          const { decryption_x, decryption_y, blinding_x, blinding_y } = v.keys;
          v.keys = {
            decryption_x: blinding_x,
            decryption_y: blinding_y,
            blinding_x: decryption_x,
            blinding_y: decryption_y,
          };
          [v.decryption_proof, v.blinding_proof] = [v.blinding_proof, v.decryption_proof];
        }),
      /no proof of possession of its decryption key/,
    ],
    ['without knowing the blinding key', () => taken((v) => (v.blinding_proof[1] += 1n)), /possession of its blinding/],
  ]);

  test('with a key off the curve', () => {
    expect(() => taken((v) => (v.keys.decryption_x += 1n)).replay()).toThrow(/decryption key/);
    expect(() => taken((v) => (v.keys.blinding_y += 1n)).replay()).toThrow(/blinding key/);
  });
});

describe('a role is not granted or revoked', () => {
  const granted = (slot: number, role: number, grant: bigint, log = roomIn('approving')) =>
    log.add('RoleGranted', { room_id: ROOM, slot, role, grant });
  const revoked = (slot: number, grant: bigint, log: RoomLog) => log.add('RoleRevoked', { room_id: ROOM, slot, grant });
  refuses([
    ['that does not exist', () => granted(0, 3, 1n), /there is no role 3/],
    ['that is none', () => granted(0, 0, 1n), /there is no role 0/],
    ['to approve, by the host', () => granted(255, 1, 1n), /the host grants auditors only/],
    ['by a slot that is not taken', () => granted(2, 2, 1n, roomIn('inviting').take(0)), /slot 2 does not exist/],
    ['by a slot that does not exist', () => granted(7, 2, 1n), /slot 7 does not exist/],
    ['to approve what is approved', () => granted(0, 1, 1n, roomIn('committing')), /after the policy was approved/],
    ['to nobody', () => granted(0, 2, 0n), /a grant of nothing/],
    ['twice', () => granted(1, 2, 1n, granted(0, 1, 1n)), /given twice/],
    ['again after it was revoked', () => granted(0, 1, 1n, revoked(0, 1n, granted(0, 1, 1n))), /given twice/],
    ['where there is none', () => revoked(0, 1n, roomIn('approving')), /revoked a grant that it does not have/],
    ['by another slot', () => revoked(1, 1n, granted(0, 1, 1n)), /slot 1 revoked a grant that it does not have/],
    ['by the host, for a slot', () => revoked(255, 1n, granted(0, 2, 1n)), /slot 255 revoked a grant that it does not/],
    ['twice, either', () => revoked(0, 1n, revoked(0, 1n, granted(0, 1, 1n))), /slot 0 revoked a grant/],
  ]);
});

describe('the policy is not approved', () => {
  const log = (approvals = 1) => roomIn('approving', { approvals });
  const approved = (value: Partial<Value<'PolicyApproved'>>, room = log()) =>
    room.add('PolicyApproved', { ...room.approval(0), ...value });
  const granted = (slot: number, role: number, room = log()) =>
    room.add('RoleGranted', { room_id: ROOM, slot, role, grant: 5n });
  const revoked = (room: RoomLog) => room.add('RoleRevoked', { room_id: ROOM, slot: 0, grant: 5n });
  refuses([
    ['before all slots are taken', () => roomIn('inviting').take(0).approve(0), /while the room is inviting/],
    ['when it is', () => roomIn('committing').approve(0), /while the room is committing/],
    ['by a slot that does not exist', () => approved({ slot: 3 }), /slot 3 is not in the room/],
    ['for nobody', () => approved({ slot: 40 }), /slot 40 is not in the room/],
    ['in other words', () => approved({ policy_digest: 1n }), /another policy digest was approved/],
    ['twice for a slot', () => log().approve(0).approve(0), /slot 0 approved once too often/],
    ['by nobody', () => approved({ tag: 0n }), /one account approved twice for slot 0/],
    ['by one account where two are asked for', () => approved({}, approved({}, log(2))), /one account approved twice/],
    ['a third time', () => approved({ tag: 3n }, approved({ tag: 2n }, approved({}, log(2)))), /once too often/],
    ['under a grant that was never given', () => approved({ grant: 5n }), /no approver of slot 0 has this grant/],
    [
      'under another slot’s grant',
      () => approved({ grant: 5n }, granted(1, 1)),
      /no approver of slot 0 has this grant/,
    ],
    ['by an auditor', () => approved({ grant: 5n }, granted(0, 2)), /no approver of slot 0 has this grant/],
    ['under a revoked grant', () => approved({ grant: 5n }, revoked(granted(0, 1))), /no approver of slot 0 has this/],
  ]);
});

describe('a payment is not confirmed', () => {
  refuses([
    [
      'where nothing is to be paid',
      () => roomIn('approving').add('PaymentConfirmed', { room_id: ROOM, slot: 0 }),
      /where nothing is to be paid/,
    ],
    ['too early', () => roomIn('inviting', { fees: FEES }).take(0).pay(0), /while the room is inviting/],
    ['too late', () => roomIn('joining', { fees: FEES }).pay(0), /while the room is joining/],
    ['twice', () => roomIn('approving', { fees: FEES }).pay(0, 0), /slot 0 confirmed its payment twice/],
    ['for a slot that does not exist', () => roomIn('approving', { fees: FEES }).pay(3), /slot 3 is not in the room/],
  ]);
});

describe('a dataset is not committed', () => {
  const log = () => roomIn('committing');
  const committed = (change: (value: Value<'DatasetProven'>) => void, room = log(), chunk = chunkOf(0, true)) => {
    const value = room.dataset(0, chunk);
    change(value);
    return room.add('DatasetProven', value);
  };
  const first = () => committed(() => undefined, log(), chunkOf(0, false));
  const second = (change: (value: Value<'DatasetProven'>) => void) => committed(change, first(), chunkOf(1, true));
  refuses([
    ['before the policy is approved', () => roomIn('approving').commit(0), /while the room is approving/],
    ['while the lists are joined', () => roomIn('joining').commit(0), /while the room is joining/],
    ['twice', () => log().commit(0, 0), /slot 0 committed twice/],
    ['before its payment', () => roomIn('committing', { fees: FEES }).commit(0), /before its payment was confirmed/],
    ['for a slot that does not exist', () => committed((v) => (v.statement.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => committed((v) => (v.statement.context += 1n)), /dataset of another room/],
    ['with fewer rows', () => committed((v) => (v.statement.min_rows = 4)), /under other row limits/],
    ['with more rows', () => committed((v) => (v.statement.max_rows = 33)), /under other row limits/],
    ['under other rules', () => committed((v) => (v.statement.rules += 1n)), /under other rules for rows/],
    ['that is zero', () => committed((v) => (v.statement.dataset = 0n)), /slot 0 committed to nothing/],
    ['by another circuit', () => committed((v) => (v.circuit = numberOf('blind_32'))), /circuit 2 is not one for/],
    ['by no circuit', () => committed((v) => (v.circuit = 32)), /circuit 32 is not one for DatasetProven/],
    ['from its second chunk on', () => committed(() => undefined, log(), chunkOf(1, true)), /out of order/],
    ['from a state before it', () => committed((v) => (v.chunk.state_before = 1n)), /does not continue the one before/],
    ['with a chunk twice', () => committed(() => undefined, first(), chunkOf(0, false)), /out of order/],
    ['with a chunk left out', () => committed(() => undefined, first(), chunkOf(2, true)), /out of order/],
    ['from another state', () => second((v) => (v.chunk.state_before += 1n)), /does not continue the one before it/],
    ['by chunks of two circuits', () => second((v) => (v.circuit = numberOf('dataset_512'))), /state different things/],
    ['by chunks of two datasets', () => second((v) => (v.statement.dataset += 1n)), /state different things/],
  ]);
});

describe('a list is not blinded', () => {
  const log = () => roomIn('joining');
  const blinded = (change: (value: Value<'BlindProven'>) => void, room = log()) => {
    const value = room.blind(0);
    change(value);
    return room.add('BlindProven', value);
  };
  refuses([
    ['before the rows are committed', () => blinded(() => undefined, roomIn('committing')), /the room is committing/],
    [
      'twice',
      () =>
        blinded(
          () => undefined,
          blinded(() => undefined),
        ),
      /a chunk after the last one of its step/,
    ],
    ['for a slot that does not exist', () => blinded((v) => (v.statement.slot = 4)), /slot 4 is not in the room/],
    ['in another room', () => blinded((v) => (v.statement.context += 1n)), /a blinding of another room/],
    ['by another slot', () => blinded((v) => (v.statement.slot = 1)), /another key than the slot's/],
    ['from other rows', () => blinded((v) => (v.statement.dataset += 1n)), /another dataset than the committed one/],
    ['to nothing', () => blinded((v) => (v.statement.list_digest = 0n)), /list digest is zero/],
    ['by another circuit', () => blinded((v) => (v.circuit = numberOf('dataset_32'))), /circuit 0 is not one for/],
    [
      'by the circuit of rooms that join values',
      () => blinded((v) => (v.circuit = numberOf('blind_values_32'))),
      /circuit 27 is not one for/,
    ],
    ['with values', () => blinded((v) => (v.statement.values = 1n)), /listed values in a room that joins none/],
    ['with labels', () => blinded((v) => (v.statement.plan = 1n)), /labels that are not for this slot/],
    ['from its second chunk on', () => blinded((v) => (v.chunk.index = 1)), /out of order/],
  ]);
});

describe('a list is not passed on', () => {
  const log = () => roomIn('joining').blindAll();
  const hopped = (change: (value: Value<'HopProven'>) => void, room = log(), list = 0, hop = 1) => {
    const value = room.hop(list, hop);
    change(value);
    return room.add('HopProven', value);
  };
  const stranger = keysOf(4).blindingPublic;
  refuses([
    ['before all are blinded', () => hopped(() => undefined, roomIn('joining')), /before every list was blinded/],
    ['by its own slot', () => hopped((v) => (v.statement.slot = 0)), /a hop that is not this slot's/],
    ['out of turn', () => hopped((v) => (v.statement.slot = 2)), /a hop that is not this slot's/],
    ['to hop zero', () => hopped((v) => (v.statement.hop = 0)), /a hop that is not this slot's/],
    ['once too often', () => hopped((v) => (v.statement.hop = 3)), /a hop that is not this slot's/],
    ['of a slot that does not exist', () => hopped((v) => (v.statement.list = 3)), /a hop that is not this slot's/],
    ['in another room', () => hopped((v) => (v.statement.context += 1n)), /a hop of another room/],
    [
      'under another key',
      () => hopped((v) => Object.assign(v.statement, { key_x: stranger.x, key_y: stranger.y })),
      /under another key than the slot's/,
    ],
    ['before its first hop', () => hopped(() => undefined, log(), 0, 2), /another list than the one on record/],
    ['in another’s place', () => hopped((v) => (v.statement.input_digest = listOf(1, 0))), /than the one on record/],
    ['to nothing', () => hopped((v) => (v.statement.output_digest = 0n)), /list digest is zero/],
    [
      'twice',
      () =>
        hopped(
          () => undefined,
          hopped(() => undefined),
        ),
      /a chunk after the last one of its step/,
    ],
    ['by another circuit', () => hopped((v) => (v.circuit = numberOf('blind_32'))), /circuit 2 is not one for/],
  ]);
});

const attested = { mode: 'attested' } as const;
const NOT_PROVEN_HERE = /a step of proof mode "succinct", which is not the room's/;
const NOT_ATTESTED_HERE = /a step of proof mode "attested", which is not the room's/;

describe('a dataset is not attested', () => {
  const log = () => roomIn('committing', attested);
  const committed = (change: (value: Value<'DatasetAttested'>) => void, room = log()) => {
    const value = room.attestedDataset(0);
    change(value);
    return room.add('DatasetAttested', value);
  };
  const asIs = () => undefined;
  refuses([
    ['in a room that asks for proofs', () => committed(asIs, roomIn('committing')), NOT_ATTESTED_HERE],
    [
      'but by a proof, where nobody asks for one',
      () => {
        const room = log();
        return room.add('DatasetProven', room.dataset(0));
      },
      NOT_PROVEN_HERE,
    ],
    ['before the policy is approved', () => committed(asIs, roomIn('approving', attested)), /room is approving/],
    ['while the lists are joined', () => committed(asIs, roomIn('joining', attested)), /the room is joining/],
    ['that is zero', () => committed((v) => (v.dataset = 0n)), /slot 0 committed to nothing/],
    ['twice', () => committed(asIs, committed(asIs)), /slot 0 committed twice/],
    [
      'before its payment',
      () => committed(asIs, roomIn('committing', { ...attested, fees: FEES })),
      /before its payment was confirmed/,
    ],
    ['for a slot that does not exist', () => committed((v) => (v.slot = 3)), /slot 3 is not in the room/],
    ['for a slot that left', () => committed(asIs, log().withdraw(0)), /slot 0 is not in the room/],
  ]);
});

describe('a blinded list is not attested', () => {
  const log = () => roomIn('joining', attested);
  const blinded = (change: (value: Value<'ListAttested'>) => void, room = log()) => {
    const value = room.attestedBlind(0);
    change(value);
    return room.add('ListAttested', value);
  };
  const asIs = () => undefined;
  refuses([
    ['in a room that asks for proofs', () => blinded(asIs, roomIn('joining')), NOT_ATTESTED_HERE],
    [
      'but by a proof, where nobody asks for one',
      () => {
        const room = log();
        return room.add('BlindProven', room.blind(0));
      },
      NOT_PROVEN_HERE,
    ],
    ['before the rows are committed', () => blinded(asIs, roomIn('committing', attested)), /the room is committing/],
    ['when the lists are matched', () => blinded(asIs, roomIn('sharing', attested)), /the room is sharing/],
    ['for a slot that does not exist', () => blinded((v) => (v.statement.slot = 4)), /slot 4 is not in the room/],
    ['by another slot', () => blinded((v) => (v.statement.slot = 1)), /a blinded list that is not its slot's own/],
    ['as another slot’s', () => blinded((v) => (v.statement.list = 1)), /a blinded list that is not its slot's own/],
    ['as that of no slot', () => blinded((v) => (v.statement.list = 3)), /a blinded list that is not its slot's own/],
    ['in another room', () => blinded((v) => (v.statement.context += 1n)), /a blinding of another room/],
    ...[0, 1, 2].map((part): Case => {
      const what = ['challenge', 'lower half of a response', 'upper half of a response'][part];
      return [`with the ${what}`, () => blinded((v) => (v.proof[part] = 1n)), /a proof that nobody asks for/];
    }),
    ['twice', () => blinded(asIs, blinded(asIs)), /a list that was made already/],
    ['to nothing', () => blinded((v) => (v.statement.digest = 0n)), /list digest is zero/],
  ]);

  test('with a sum that is no point', () => {
    expect(() => blinded((v) => (v.statement.sum = { ...v.statement.sum, x: 1n })).replay()).toThrow(/sum of a list/);
    expect(() => blinded((v) => (v.statement.sum = { x: 0n, y: 0n })).replay()).toThrow(/sum of a list/);
  });
});

describe('a hop is not attested', () => {
  const log = () => roomIn('joining', attested).blindAll();
  const hopped = (change: (value: Value<'ListAttested'>) => void, room = log(), list = 0, hop = 1) => {
    const value = room.attestedHop(list, hop);
    change(value);
    return room.add('ListAttested', value);
  };
  const asIs = () => undefined;
  /** The first hop of list 0, which is slot 1's, with a true proof of a statement that differs from the one on record. */
  const provenOf = (change: (room: RoomLog) => Partial<HopSums>, by = 1) => {
    const room = log();
    const value = room.attestedHop(0, 1);
    const { context, slot, list, hop, sum: image } = value.statement;
    const own: HopSums = { context, slot, list, hop, key: keysOf(1).blindingPublic, base: room.sum(0, 0), image };
    const statement = { ...own, ...change(room) };
    const proof = sigma(proveHopSums(statement, keysOf(by).blinding, seedOf(by)));
    return room.add('ListAttested', { ...value, statement: { ...value.statement, sum: statement.image }, proof });
  };
  const WRONG_SUMS = /a hop whose sums are not under its slot's key/;
  const NOT_ITS_TURN = /a hop that is not this slot's/;
  refuses([
    ['in a room that asks for proofs', () => hopped(asIs, roomIn('joining').blindAll()), NOT_ATTESTED_HERE],
    [
      'but by a proof of the list, where nobody asks for one',
      () => {
        const room = log();
        return room.add('HopProven', room.hop(0, 1));
      },
      NOT_PROVEN_HERE,
    ],
    ['before any list is blinded', () => hopped(asIs, roomIn('joining', attested)), /before every list was blinded/],
    [
      'before the last list is blinded',
      () => hopped(asIs, roomIn('joining', attested).blindBy(0, 1)),
      /before every list was blinded/,
    ],
    ['by its own slot', () => hopped((v) => (v.statement.slot = 0)), NOT_ITS_TURN],
    ['out of turn', () => hopped((v) => (v.statement.slot = 2)), NOT_ITS_TURN],
    ['by a slot that does not exist', () => hopped((v) => (v.statement.slot = 3)), /slot 3 is not in the room/],
    ['once too often', () => hopped((v) => (v.statement.hop = 3)), NOT_ITS_TURN],
    ['of a slot that does not exist', () => hopped((v) => (v.statement.list = 3)), NOT_ITS_TURN],
    [
      'of a slot that left',
      () => {
        const room = roomIn('committing', attested).withdraw(0).commit(1, 2).blindAll();
        return hopped((v) => (v.statement.list = 0), room, 1);
      },
      NOT_ITS_TURN,
    ],
    ['in another room', () => hopped((v) => (v.statement.context += 1n)), /a hop of another room/],
    ['before the hop that it follows', () => hopped(asIs, log(), 0, 2), /a hop before the one that it follows/],
    ['twice', () => hopped(asIs, hopped(asIs)), /a list that was made already/],
    ['to nothing', () => hopped((v) => (v.statement.digest = 0n)), /list digest is zero/],
    ['to another sum', () => hopped((v) => (v.statement.sum = STRAY_POINT)), WRONG_SUMS],
    ['to the sum that it had', () => hopped((v) => (v.statement.sum = log().sum(0, 0))), WRONG_SUMS],
    ['with another challenge', () => hopped((v) => (v.proof[0] += 1n)), WRONG_SUMS],
    ['with another response', () => hopped((v) => (v.proof[1] += 1n)), WRONG_SUMS],
    [
      'with a proof of a sum that is not k times the one before',
      () => provenOf(() => ({ image: STRAY_POINT })),
      WRONG_SUMS,
    ],
    [
      'with sums under another slot’s key',
      () => provenOf((room) => ({ key: keysOf(2).blindingPublic, image: mul(room.sum(0, 0), keysOf(2).blinding) }), 2),
      WRONG_SUMS,
    ],
    ['with a proof under another slot’s key', () => provenOf(() => ({ key: keysOf(2).blindingPublic }), 2), WRONG_SUMS],
    ['with a proof of another room', () => provenOf((room) => ({ context: room.context + 1n })), WRONG_SUMS],
    ['with a proof of another slot', () => provenOf(() => ({ slot: 2 })), WRONG_SUMS],
    ['with a proof of another list', () => provenOf(() => ({ list: 2 })), WRONG_SUMS],
    ['with a proof of another hop', () => provenOf(() => ({ hop: 2 })), WRONG_SUMS],
    [
      'from another list’s sum',
      () => provenOf((room) => ({ base: room.sum(2, 0), image: mul(room.sum(2, 0), keysOf(1).blinding) })),
      WRONG_SUMS,
    ],
    [
      'with a proof that is one of a share',
      () => {
        const room = log();
        const { context } = room;
        const [base, image] = [room.sum(0, 0), room.sum(0, 1)];
        const share = { context, slot: 1, key: keysOf(1).blindingPublic, base, image };
        return hopped((v) => (v.proof = sigma(proveDleq(share, keysOf(1).blinding, seedOf(1)))), room);
      },
      WRONG_SUMS,
    ],
  ]);

  test('unless it is the one that those refused differ from', () => {
    expect(() => provenOf(() => ({})).replay()).not.toThrow();
  });

  test('with a sum that is no point', () => {
    expect(() => hopped((v) => (v.statement.sum = { ...v.statement.sum, x: 1n })).replay()).toThrow(/sum of a list/);
    expect(() => hopped((v) => (v.statement.sum = { x: 0n, y: 0n })).replay()).toThrow(/sum of a list/);
  });

  test('with a proof of zeros, as blinded lists have it', () => {
    expect(() => hopped((v) => (v.proof = [0n, 0n, 0n])).replay()).toThrow(FieldError);
  });
});

describe('the lists are not matched', () => {
  const log = () => roomIn('joining').blindAll().hopAll();
  const matched = (change: (value: Value<'MatchProven'>) => void, room = log()) => {
    const value = room.match(7);
    change(value);
    return room.add('MatchProven', value);
  };
  const key = () => add(keysOf(0).decryptionPublic, keysOf(1).decryptionPublic);
  refuses([
    ['before all were passed on', () => matched(() => undefined, roomIn('joining').blindAll()), /passed every slot/],
    ['by a slot that does not exist', () => matched((v) => (v.slot = 3)), /slot 3 is not in the room/],
    ['in another room', () => matched((v) => (v.statement.context += 1n)), /a match of another room/],
    ['of fewer slots', () => matched((v) => (v.statement.slots[2] = 0)), /other slots than the room's members/],
    ['of more slots', () => matched((v) => (v.statement.slots[3] = 3)), /other slots than the room's members/],
    ['of slots in another order', () => matched((v) => v.statement.slots.reverse()), /other slots than the room's/],
    [
      'of another list',
      () => matched((v) => (v.statement.lists[0] = listOf(0, 1))),
      /other lists than those on record/,
    ],
    [
      'before all were passed on, in an attested room',
      () => matched(() => undefined, roomIn('joining', attested).blindAll()),
      /passed every slot/,
    ],
    [
      'of another list, in an attested room',
      () => matched((v) => (v.statement.lists[0] = listOf(0, 1)), roomIn('joining', attested).blindAll().hopAll()),
      /other lists than those on record/,
    ],
    ['of one more list', () => matched((v) => (v.statement.lists[3] = 1n)), /other lists than those on record/],
    [
      'under a key of some slots',
      () => matched((v) => Object.assign(v.statement, { room_key_x: key().x, room_key_y: key().y })),
      /under another key than the room's/,
    ],
    ['under another k', () => matched((v) => (v.statement.k = 1)), /a match under another k/],
    ['by a circuit of fewer lists', () => matched((v) => (v.circuit = numberOf('match_32_2'))), /is not one for/],
    ['by a circuit of more lists', () => matched((v) => (v.circuit = numberOf('match_256_4'))), /is not one for/],
    ['from its second chunk on', () => matched((v) => (v.chunk.index = 1)), /out of order/],
    ['when they are', () => matched(() => undefined, roomIn('sharing')), /while the room is sharing/],
  ]);

  test('into a ciphertext off the curve', () => {
    expect(() => matched((v) => (v.statement.c1_x += 1n)).replay()).toThrow(/C1/);
    expect(() => matched((v) => (v.statement.c2_y += 1n)).replay()).toThrow(/C2/);
  });
});

describe('a share is not taken', () => {
  const ANOTHER_COURSE = /slot 0 signed for another course of the room/;
  const given = (change: (value: Value<'ShareGiven'>) => void, room = roomIn('sharing')) => {
    const value = room.share(0);
    change(value);
    return room.add('ShareGiven', value);
  };
  const sharedAlready = () => given(() => undefined);
  refuses([
    [
      'before the match',
      () => {
        const room = roomIn('joining').blindAll().hopAll();
        room.match(7); // makes the ciphertext, which nobody has posted
        return given(() => undefined, room);
      },
      /while the room is joining/,
    ],
    ['twice', () => given(() => undefined, sharedAlready()), /slot 0 gave its share twice/],
    ['from a slot that does not exist', () => given((v) => (v.slot = 3)), /slot 3 is not in the room/],
    ['from another slot', () => given((v) => (v.slot = 1)), /slot 1: its share is not under its decryption key/],
    ['that is another point', () => given((v) => (v.share = STRAY_POINT)), /its share is not under its decryption key/],
    ['with another challenge', () => given((v) => (v.challenge += 1n)), /its share is not under its decryption key/],
    ['below k', () => given(() => undefined, below()), /while the room is released/],
    ['that signs for another course', () => given((v) => (v.transcript += 1n)), ANOTHER_COURSE],
    ['that signs for nothing', () => given((v) => (v.transcript = 0n)), ANOTHER_COURSE],
    [
      'that signs for the course before the match',
      () => given((v) => (v.transcript = roomIn('joining').blindAll().hopAll().replay().transcript)),
      ANOTHER_COURSE,
    ],
    [
      'that signs for more than the course up to the match',
      () => {
        const room = roomIn('sharing');
        room.add('ShareGiven', room.share(1));
        return given((v) => (v.transcript = room.replay().transcript), room);
      },
      ANOTHER_COURSE,
    ],
    [
      'that signs for a part of the match',
      () => {
        const room = roomIn('joining').blindAll().hopAll();
        room.add('MatchProven', room.match(7, 0, chunkOf(0, false)));
        const { transcript } = room.replay();
        room.add('MatchProven', room.match(7, 0, chunkOf(1, true)));
        return given((v) => (v.transcript = transcript), room);
      },
      ANOTHER_COURSE,
    ],
    [
      'that signs for another course, in an attested room',
      () => given((v) => (v.transcript += 1n), roomIn('sharing', attested)),
      ANOTHER_COURSE,
    ],
  ]);
});

/** A room whose count lies below k. */
function below(): RoomLog {
  const log = roomIn('joining').blindAll().hopAll();
  return log.add('MatchProven', log.match(2));
}

describe('a count is not released', () => {
  const log = () => roomIn('sharing').shareAll();
  const released = (change: (value: Value<'ResultReleased'>) => void, room = log()) => {
    const value = room.release(7);
    change(value);
    return room.add('ResultReleased', value);
  };
  const some = () => {
    const room = roomIn('sharing');
    return room.add('ShareGiven', room.share(0));
  };
  refuses([
    ['before every share is there', () => released(() => undefined, some()), /before every slot gave its share/],
    ['by a slot that does not exist', () => released((v) => (v.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => released((v) => (v.statement.context += 1n)), /a release of another room/],
    ['by fewer slots', () => released((v) => (v.statement.slots[2] = 0)), /other slots than the room's members/],
    ['under another key', () => released((v) => (v.statement.keys[1] = STRAY_POINT)), /other keys than the slots'/],
    ['under one more key', () => released((v) => (v.statement.keys[3] = STRAY_POINT)), /other keys than the slots'/],
    ['with another share', () => released((v) => (v.statement.shares[1] = STRAY_POINT)), /other shares than those on/],
    ['with one more share', () => released((v) => (v.statement.shares[4] = STRAY_POINT)), /other shares than those on/],
    ['of another ciphertext', () => released((v) => (v.statement.c2 = STRAY_POINT)), /a release of another ciphertext/],
    ['of another randomness', () => released((v) => (v.statement.c1 = STRAY_POINT)), /a release of another ciphertext/],
    ['under another k', () => released((v) => (v.statement.k = 2)), /a release below k/],
    ['below k', () => released((v) => (v.statement.count = 2)), /a release below k/],
    [
      'twice',
      () =>
        released(
          () => undefined,
          released(() => undefined),
        ),
      /while the room is released/,
    ],
  ]);
});

describe('slots do not leave', () => {
  const left = (log: RoomLog, active: number) => log.add('SlotsLeftOut', { room_id: ROOM, active });
  const withdrew = (log: RoomLog, slot: number) => log.add('ConsentWithdrawn', { room_id: ROOM, slot });
  refuses([
    ['as late ones, when too few are left', () => left(roomIn('inviting').take(1), 0b010), /with too few slots/],
    [
      'as late ones, having done their step',
      () => left(roomIn('inviting').take(0, 1), 0b101),
      /other slots go on than/,
    ],
    [
      'as late ones, so that strangers go on',
      () => left(roomIn('approving').approve(0, 1), 0b1011),
      /other slots go on/,
    ],
    ['as late ones, once all committed', () => left(roomIn('joining'), 0b011), /left out while the room is joining/],
    ['as late ones, from a result', () => left(roomIn('released'), 0b011), /left out while the room is released/],
    [
      'by withdrawing once all committed',
      () => withdrew(roomIn('joining'), 0),
      /without a slot that withdrew while it/,
    ],
    ['by withdrawing from a result', () => withdrew(roomIn('released'), 0), /without a slot that withdrew while it is/],
    ['by withdrawing, never having come', () => withdrew(roomIn('inviting').take(0), 1), /slot 1 does not exist or is/],
    ['by withdrawing twice', () => withdrew(withdrew(roomIn('approving', { slots: 4 }), 0), 0), /slot 0 is not in the/],
    ['so that too few are left', () => withdrew(roomIn('approving', { slots: 2 }), 0), /with too few slots/],
    ['and come back', () => roomIn('approving').withdraw(0).approve(0), /slot 0 is not in the room/],
    ['and commit', () => roomIn('committing').withdraw(0).commit(0), /slot 0 is not in the room/],
    [
      'and join',
      () => {
        const log = roomIn('committing').withdraw(0).commit(1, 2);
        return log.add('BlindProven', log.blind(0));
      },
      /slot 0 is not in the room/,
    ],
    [
      'and leave their list behind',
      () => {
        const log = roomIn('committing').withdraw(0).commit(1, 2).blindAll();
        const value = log.hop(1, 1);
        value.statement.list = 0;
        return log.add('HopProven', value);
      },
      /a hop that is not this slot's/,
    ],
  ]);
});

describe('a step is not disputed', () => {
  const disputed = (log: RoomLog, slot = 0) => log.add('StepDisputed', { room_id: ROOM, slot });
  refuses([
    ['before all committed', () => disputed(roomIn('committing')), /while the room is committing/],
    ['when there is a result', () => disputed(roomIn('released')), /while the room is released/],
    ['by a slot that does not exist', () => disputed(roomIn('joining'), 3), /slot 3 is not in the room/],
    ['twice', () => disputed(disputed(roomIn('joining')), 1), /disputed twice/],
  ]);
});

describe('a room does not end', () => {
  const ended = (log: RoomLog, state: number, slot = 255, fault = 0) =>
    log.add('RoomEnded', log.ended(state, slot, fault));
  refuses([
    ['in a state that is no end', () => ended(roomIn('joining'), 6), /unknown ending state/],
    ['closed, without a result', () => ended(roomIn('sharing'), 7), /sharing cannot become closed/],
    ['closed twice', () => ended(roomIn('closed'), 7), /closed cannot become closed/],
    ['closed by a slot', () => ended(roomIn('released'), 7, 0), /closed by a slot/],
    ['closed with somebody at fault', () => ended(roomIn('released'), 7, 255, 1), /other slots are named at fault/],
    ['cancelled, with a result', () => ended(roomIn('released'), 8), /released cannot become cancelled/],
    ['cancelled after it expired', () => ended(ended(roomIn('inviting'), 9), 8), /expired cannot become cancelled/],
    ['cancelled by a slot', () => ended(roomIn('joining'), 8, 0), /cancelled by a slot/],
    ['cancelled with somebody at fault', () => ended(roomIn('joining'), 8, 255, 1), /other slots are named at fault/],
    ['expired, with a result', () => ended(roomIn('released'), 9), /released cannot become expired/],
    ['expired by a slot', () => ended(roomIn('inviting'), 9, 1), /expired by a slot/],
    [
      'expired, when enough are ready',
      () => ended(roomIn('inviting').take(0, 2), 9),
      /although enough slots were ready/,
    ],
    [
      'expired, before joining, by anyone’s fault',
      () => ended(roomIn('committing'), 9, 255, 1),
      /other slots are named/,
    ],
    ['expired, with nobody at fault for late lists', () => ended(roomIn('joining'), 9), /other slots are named/],
    ['expired, with the wrong one at fault', () => ended(roomIn('joining').blindAll(), 9, 255, 1), /other slots are/],
    ['expired, for all shares, by some', () => ended(roomIn('sharing'), 9, 255, 0b011), /other slots are named/],
    ['revoked, with a result', () => ended(roomIn('released'), 10, 0), /released cannot become revoked/],
    ['revoked by the host', () => ended(roomIn('joining'), 10), /slot 255 is not in the room/],
    ['revoked by a slot that never came', () => ended(roomIn('inviting', { minSlots: 3 }), 10, 1), /slot 1 does not/],
    ['revoked, when it can go on', () => ended(roomIn('committing'), 10, 0), /without which it could go on/],
    ['revoked while joining, by nobody’s fault', () => ended(roomIn('joining'), 10, 0, 0), /other slots are named/],
    ['revoked while joining, by another’s', () => ended(roomIn('joining'), 10, 0, 2), /other slots are named at fault/],
    [
      'revoked by anyone’s fault, when it was disputed',
      () => ended(roomIn('joining').add('StepDisputed', { room_id: ROOM, slot: 1 }), 10, 0, 1),
      /other slots are named at fault/,
    ],
    [
      'expired by anyone’s fault, when it was disputed',
      () => ended(roomIn('joining').add('StepDisputed', { room_id: ROOM, slot: 1 }), 9, 255, 0b111),
      /other slots are named at fault/,
    ],
  ]);
});

describe('no audit and no deletion is recorded', () => {
  const audited = (log: RoomLog, slot: number, grant: bigint, report_digest = 1n) =>
    log.add('AuditRecorded', { room_id: ROOM, slot, grant, report_digest });
  const granted = (slot: number, role: number) =>
    roomIn('approving').add('RoleGranted', { room_id: ROOM, slot, role, grant: 5n });
  const deleted = (log: RoomLog, slot = 0, digest = 1n) => log.add('DeletionAttested', { room_id: ROOM, slot, digest });
  refuses([
    ['by an auditor of nobody', () => audited(roomIn('released'), 0, 5n), /no auditor of slot 0 has this grant/],
    ['by an approver', () => audited(granted(0, 1), 0, 5n), /no auditor of slot 0 has this grant/],
    ['by an auditor of another slot', () => audited(granted(0, 2), 1, 5n), /no auditor of slot 1 has this grant/],
    ['for the host, by a slot’s auditor', () => audited(granted(0, 2), 255, 5n), /no auditor of slot 255 has this/],
    [
      'by an auditor whose role was revoked',
      () => audited(granted(0, 2).add('RoleRevoked', { room_id: ROOM, slot: 0, grant: 5n }), 0, 5n),
      /no auditor of slot 0 has this grant/,
    ],
    ['without a report', () => audited(granted(0, 2), 0, 5n, 0n), /an audit without a report/],
    ['before the room is over', () => deleted(roomIn('sharing')), /attested while the room is sharing/],
    ['by a slot that does not exist', () => deleted(roomIn('released'), 3), /slot 3 does not exist/],
    ['by a slot twice', () => deleted(deleted(roomIn('released'))), /attested its deletion twice/],
    ['of nothing', () => deleted(roomIn('released'), 0, 0n), /a deletion of nothing/],
  ]);
});
