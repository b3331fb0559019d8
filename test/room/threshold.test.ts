/** Rooms that tell bands: what their events come to, whose step is next, who is at fault, and each rule of theirs, broken once. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { add, negate } from '../../app/lib/curve/grumpkin.ts';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { auditLog } from '../../app/lib/room/audit.ts';
import { nextStep, type NextStep } from '../../app/lib/room/next.ts';
import { aggregates, joinsValues, kindOf, standing, tellsBands } from '../../app/lib/room/view.ts';
import { SOAK } from '../support/choice.ts';
import { aggregateIn, AggregateLog, tallyOf } from './aggregate-log.ts';
import { joinedIn } from './joined-log.ts';
import { chunkOf, derived, keysOf, numberOf, ROOM, roomIn, STRAY_POINT, type RoomLog, type Value } from './log.ts';
import { expireAtFault, type Expiring } from './expires.ts';
import { playByNextSteps } from './by-next-steps.ts';
import { refuses } from './refuses.ts';
import { BANDS, BORDERS, mixedOf, thresholdIn, ThresholdLog } from './threshold-log.ts';

beforeAll(initField);

const NO_SUCH_STEP = /a step that the room's template does not have/;
const ALL = [1, 2, 3];

describe('a room that tells bands', () => {
  test.each([2, 3, 4, 5])('of %i slots releases the band, with a proof of every step', (slots) => {
    const log = thresholdIn('closed', { slots });
    const view = log.replay();
    const members = Array.from({ length: slots }, (_, slot) => slot);
    expect([kindOf(view), tellsBands(view), aggregates(view), joinsValues(view)]).toEqual([
      ...['threshold', true, false, false],
    ]);
    expect(view).toMatchObject({ state: 'closed', members, atFault: [], terms: { bands: BANDS }, borders: BORDERS });
    expect(view.result).toEqual({ suppressed: false, count: 2 });
    const times = (count: number, circuit: string) => Array.from({ length: count }, () => circuit);
    expect(view.proofs.map(({ circuit }) => circuit)).toEqual([
      ...times(slots, 'dataset_32'),
      ...times(slots, 'tally_32'),
      ...times(slots, 'part'),
      ...times(slots * BORDERS, 'mix_16'),
    ]);
    expect(view.tallies).toEqual(members.map((slot) => ({ commitment: tallyOf(slot), full: 1 })));
    expect(view.parts).toEqual(members.map((slot) => log.encrypted(slot)));
    expect(view.ciphertext).toEqual(log.total());
    expect(view.mixes.map((digests) => digests.slice(0, BORDERS))).toEqual(
      members.map((slot) => ALL.map((border) => mixedOf(slot, border))),
    );
    expect(view.lists.flat().every((digest) => digest === undefined)).toBe(true);
  });

  test.each([
    [1, 0],
    [2, 1],
    [3, 2],
    [undefined, 3],
  ])('whose last mixes find border %s is in band %i', (found, count) => {
    const view = thresholdIn('parted').mixAll(found).replay();
    expect(view).toMatchObject({ state: 'released', result: { suppressed: false, count } });
    expect(view.found).toBe(found);
  });

  test('is released by its last mix, whatever the order of borders', () => {
    const log = thresholdIn('parted').mixBy(0, [2]).mixBy(1, [2]).mixBy(2, [2], 2).mixBy(0, [3, 1]).mixBy(1, [1, 3]);
    expect(log.mixBy(2, [3]).replay()).toMatchObject({ state: 'sharing', found: 2 });
    expect(log.replay().result).toBeUndefined();
    expect(log.mixBy(2, [1]).replay().result).toEqual({ suppressed: false, count: 1 });
  });

  test('takes mixes of both sizes', () => {
    const log = thresholdIn('parted');
    for (const slot of [0, 1, 2])
      log.add('MixGiven', { ...log.mix(slot, 1), circuit: numberOf('mix_192') }).mixBy(slot, [2, 3]);
    expect(log.replay().proofs.filter(({ circuit }) => circuit === 'mix_192')).toHaveLength(3);
    expect(log.replay().result).toEqual({ suppressed: false, count: 3 });
  });

  test('of which a slot has too few rows ends suppressed, with no part given', () => {
    const log = thresholdIn('joining', { full: [1, 0, 1] }).tallyBy(0, 1);
    expect(log.replay().open).toBeUndefined();
    const view = log.tallyBy(2).replay();
    expect(view).toMatchObject({ state: 'released', open: 0, result: { suppressed: true } });
    expect(view.result).toEqual({ suppressed: true });
  });

  test('has the masks of its members in storage, as the contract has them', () => {
    expect(standing(thresholdIn('joining').tallyBy(2, 0).replay())).toBe(0x05_00_07_04n);
    const log = thresholdIn('sharing');
    expect(standing(log.replay())).toBe(0x00_00_07_05n);
    expect(standing(log.partBy(1, 2).replay())).toBe(0x06_00_07_05n);
    expect(standing(log.partBy(0).replay())).toBe(0x00_00_07_05n);
    expect(standing(log.mixBy(0, [1, 3]).replay())).toBe(0x00_00_07_05n);
    expect(standing(log.mixBy(0, [2]).mixBy(1).replay())).toBe(0x03_00_07_05n);
    expect(standing(log.mixBy(2).replay())).toBe(0x00_00_07_06n);
  });

  test('knows the sum, and signs for the transcript, after its last part', () => {
    const log = thresholdIn('sharing').partBy(2, 0);
    const early = log.replay();
    expect([early.ciphertext, early.matchTranscript]).toEqual([undefined, undefined]);
    const { transcript, matchTranscript, ciphertext } = log.partBy(1).replay();
    expect(matchTranscript).toBe(transcript);
    expect(ciphertext).toEqual(log.total());
    expect(log.mixBy(0).replay().matchTranscript).toBe(transcript);
  });

  test('tells its history in plain words', () => {
    const texts = auditLog(thresholdIn('released').events, ['Bank']).map(({ text }) => text);
    for (const text of [
      'Slot 0 (Bank) committed to its tally, and proved that it sums up exactly the committed rows (circuit tally_32).',
      "Slot 0 (Bank) gave its part of the sum, encrypted under the room's key, and proved that it follows from its tally.",
      "Slot 1 mixed the elements of border 2 of 3, and proved that they are the same ones under other factors, without its share of the room's key (circuit mix_16).",
      "Slot 2 mixed the elements of border 3 of 3, and proved that they are the same ones under other factors, without its share of the room's key: the sum lies below this border, and not below the one before (circuit mix_16).",
    ])
      expect(texts).toContain(text);
  });
});

describe('a room that tells bands is not created', () => {
  const created = (policy: Partial<Value<'RoomCreated'>['policy']>, terms: object = policy) => {
    const log = new ThresholdLog();
    const draft = structuredClone(log.creation);
    Object.assign(draft.policy, policy);
    Object.assign(draft.terms, terms);
    return log.add('RoomCreated', derived(draft));
  };
  const INCOMPLETE = /a room that tells bands has a plan, no vectors, and all slots, also as contributors/;
  refuses([
    ['without a plan', () => created({ plan: 0n, contributors: 0 }), INCOMPLETE],
    ['with fewer contributors than slots', () => created({ contributors: 2 }), INCOMPLETE],
    ['to go on without a slot', () => created({ min_slots: 2, contributors: 2 }), INCOMPLETE],
    ['with vectors', () => created({ vectors: 1n, naming: 1, contributors: 1 }), INCOMPLETE],
    ['attested', () => created({ proof_mode: 1 }), /a room with a plan is succinct/],
    ['with other bands in its terms', () => created({ bands: BANDS + 1n }, {}), /disagree about bands/],
  ]);
});

describe('next steps', () => {
  function act(log: ThresholdLog, slot: number, step: NextStep): void {
    switch (step.kind) {
      case 'take-slot':
        return void log.take(slot);
      case 'approve':
        return void log.approve(slot);
      case 'commit':
        return void log.commit(slot);
      case 'tally':
        return void log.tallyBy(slot);
      case 'part':
        return void log.partBy(slot);
      case 'mix':
        return void log.mixBy(slot, [step.border], slot === log.members.at(-1) ? 2 : undefined);
      default:
        expect(['wait', 'finished']).toContain(step.kind);
    }
  }

  test('lead every room to its band, in whatever order slots act', () => {
    const orders = fc.array(fc.nat({ max: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), orders, (slots, order) => {
        const log = playByNextSteps(new ThresholdLog({ slots }).create(), { slots, order, rounds: 20 }, act);
        expect(log.replay().result).toEqual({ suppressed: false, count: 1 });
      }),
      { numRuns: SOAK ? 6 : 2 },
    );
  });

  test('are a tally, a part, and mixes of what the slot before has mixed', () => {
    const step = (log: RoomLog, slot: number) => nextStep(log.replay(), slot);
    const log = thresholdIn('joining').tallyBy(0);
    expect(step(log, 0)).toEqual({ kind: 'wait', on: 'slot 1, 2 to tally their rows' });
    log.tallyBy(1, 2);
    expect(step(log, 0)).toEqual({ kind: 'part' });
    log.partBy(2, 0);
    expect(step(log, 0)).toEqual({ kind: 'wait', on: 'slot 1 to give their parts' });
    log.partBy(1);
    expect([0, 1, 2].map((slot) => step(log, slot))).toEqual([
      { kind: 'mix', border: 1 },
      { kind: 'wait', on: 'slot 0 to mix' },
      { kind: 'wait', on: 'slot 0 to mix' },
    ]);
    log.mixBy(0, [2]);
    expect([0, 1, 2].map((slot) => step(log, slot))).toEqual([
      { kind: 'mix', border: 1 },
      { kind: 'mix', border: 2 },
      { kind: 'wait', on: 'slot 0 to mix' },
    ]);
    log.mixBy(0, [1, 3]).mixBy(1, [2]);
    expect([0, 1, 2].map((slot) => step(log, slot))).toEqual([
      { kind: 'wait', on: 'slot 1 to mix' },
      { kind: 'mix', border: 1 },
      { kind: 'mix', border: 2 },
    ]);
    log.mixBy(1, [1, 3]).mixBy(2);
    for (const slot of [0, 1, 2]) expect(step(log, slot)).toEqual({ kind: 'finished' });
  });
});

describe('a part is not taken', () => {
  const given = (change: (value: Value<'PartGiven'>) => void, log = thresholdIn('sharing').partBy(1)) => {
    const value = structuredClone(log.part(0));
    change(value);
    return log.add('PartGiven', value);
  };
  const elsewhere = (log: RoomLog) => log.add('PartGiven', { ...new ThresholdLog().part(0), room_id: ROOM });
  const opposite = (what: 'c1' | 'c2') => () =>
    given((v) => (v.statement[what] = negate(new ThresholdLog().encrypted(1)[what])));
  const cancelling = () => {
    const log = thresholdIn('sharing').partBy(1, 2);
    const { c1, c2 } = log.total();
    const [own, total] = [log.encrypted(0).c1, c1];
    const others = add(total, negate(own));
    const value = structuredClone(log.part(0));
    value.statement.c1 = negate(others);
    expect(c2).toBeDefined();
    return log.add('PartGiven', value);
  };
  const suppressed = () =>
    thresholdIn('joining', { full: [1, 1, 0] })
      .tallyBy(0, 1, 2)
      .partBy(0);
  refuses([
    ['in an overlap', () => elsewhere(roomIn('sharing')), NO_SUCH_STEP],
    ['in a room that aggregates', () => elsewhere(aggregateIn('sharing')), NO_SUCH_STEP],
    ['in a room that joins values', () => elsewhere(joinedIn('sharing')), NO_SUCH_STEP],
    ['before all tallies are there', () => thresholdIn('joining').tallyBy(0).partBy(0), /the room is joining/],
    ['in a room without enough rows', suppressed, /the room is released/],
    ['after the result', () => thresholdIn('released').partBy(0), /the room is released/],
    ['twice', () => thresholdIn('sharing').partBy(0, 0), /slot 0 gave its part twice/],
    ['after the last one', () => thresholdIn('parted').partBy(0), /slot 0 gave its part twice/],
    ['for a slot that does not exist', () => given((v) => (v.statement.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => given((v) => (v.statement.context += 1n)), /a part of another room/],
    ['of another tally', () => given((v) => (v.statement.tally += 1n)), /a part of another tally/],
    ['of another slot’s tally', () => given((v) => (v.statement.slot = 2)), /a part of another tally/],
    ['under other bands', () => given((v) => (v.statement.bands += 1n)), /a part under other bands/],
    [
      "under a slot's own key",
      () => given((v) => (v.statement.room_key = keysOf(0).decryptionPublic)),
      /a part under another key than the room's/,
    ],
    ['that takes the others away', opposite('c1'), /parts that add up to infinity/],
    ['whose number takes the others away', opposite('c2'), /parts that add up to infinity/],
    ['that comes last and takes the others away', cancelling, /parts that add up to infinity/],
  ]);

  test.each(['c1', 'c2'] as const)('whose %s is not on the curve', (what) => {
    for (const point of [
      { x: 1n, y: 1n },
      { x: 0n, y: 0n },
    ])
      expect(() => given((v) => (v.statement[what] = point)).replay()).toThrow('is not on the Grumpkin curve');
  });
});

describe('a mix is not taken', () => {
  const given = (
    change: (value: Value<'MixGiven'>) => void,
    { slot = 1, border = 1, log = thresholdIn('parted').mixBy(0) } = {},
  ) => {
    const value = structuredClone(log.mix(slot, border));
    change(value);
    return log.add('MixGiven', value);
  };
  const first = (change: (value: Value<'MixGiven'>) => void) => given(change, { slot: 0, log: thresholdIn('parted') });
  const last = (change: (value: Value<'MixGiven'>) => void) =>
    given(change, { slot: 2, border: 2, log: thresholdIn('parted').mixBy(0).mixBy(1).mixBy(2, [1], 1) });
  const elsewhere = (log: RoomLog) => {
    const { creation } = log;
    const mix = thresholdIn('parted').mix(0, 1);
    return log.add('MixGiven', { ...mix, statement: { ...mix.statement, context: creation.terms.context } });
  };
  const SUM = /a mix of another sum than the one on record/;
  const ELEMENTS = /a mix of other elements than those on record/;
  refuses([
    ['in an overlap', () => elsewhere(roomIn('sharing')), NO_SUCH_STEP],
    ['in a room that aggregates', () => elsewhere(aggregateIn('sharing')), NO_SUCH_STEP],
    ['in a room that joins values', () => elsewhere(joinedIn('sharing')), NO_SUCH_STEP],
    ['before all tallies are there', () => thresholdIn('joining').mixBy(0, [1]), /the room is joining/],
    [
      'before all parts are there',
      () => thresholdIn('sharing').partBy(0, 1).mixBy(0, [1]),
      /a mix before every slot gave its part/,
    ],
    ['after the result', () => thresholdIn('released').mixBy(2, [1]), /the room is released/],
    ['twice', () => thresholdIn('parted').mixBy(0, [2, 2]), /slot 0 mixed border 2 twice/],
    ['before the one that it follows', () => thresholdIn('parted').mixBy(0, [1]).mixBy(1, [2]), /a mix before the one/],
    ['out of the slots’ order', () => thresholdIn('parted').mixBy(0).mixBy(2, [1]), /a mix before the one/],
    ['for a slot that does not exist', () => given((v) => (v.statement.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => given((v) => (v.statement.context += 1n)), /a mix of another room/],
    [
      'signing for another course',
      () => given((v) => (v.statement.transcript += 1n)),
      /slot 1 signed for another course/,
    ],
    ['under another key', () => given((v) => (v.statement.key = STRAY_POINT)), /another key than the slot's/],
    ['under other bands', () => given((v) => (v.statement.bands += 1n)), /a mix under other bands/],
    ['by the circuit of parts', () => given((v) => (v.circuit = numberOf('part'))), /circuit 29 is not one for MixGiv/],
    ['by no circuit', () => given((v) => (v.circuit = 32)), /circuit 32 is not one for MixGiven/],
    ['of border 0', () => given((v) => (v.statement.border = 0)), /there is no border 0/],
    ['of a border too many', () => given((v) => (v.statement.border = 4)), /there is no border 4/],
    ['of more borders than before', () => given((v) => (v.statement.borders = 4)), /another number of borders than/],
    ['of fewer borders than before', () => given((v) => (v.statement.borders = 2)), /another number of borders than/],
    ['of no borders', () => first((v) => (v.statement.borders = 0)), /there is no border 1/],
    ['of nine borders', () => first((v) => (v.statement.borders = 9)), /bands cannot have 9 borders/],
    ['of other elements', () => given((v) => (v.statement.input_digest += 1n)), ELEMENTS],
    ['of another border’s elements', () => given((v) => (v.statement.input_digest = mixedOf(0, 2))), ELEMENTS],
    ['by a later slot of the sum', () => given((v) => (v.statement.input_digest = 0n)), ELEMENTS],
    ['by the first slot of elements', () => first((v) => (v.statement.input_digest = mixedOf(2, 1))), ELEMENTS],
    ['of another sum', () => first((v) => (v.statement.c1 = STRAY_POINT)), SUM],
    ['of the sum of another number', () => first((v) => (v.statement.c2 = STRAY_POINT)), SUM],
    ['of a sum beside elements', () => given((v) => (v.statement.c2 = STRAY_POINT)), SUM],
    ['that is nothing', () => given((v) => (v.statement.output_digest = 0n)), /the digest of a mix is zero/],
    ['by another than the last slot, and finds', () => given((v) => (v.statement.found = true)), /by the last slot's/],
    ['and finds a second border', () => last((v) => (v.statement.found = true)), /a border was found after another/],
  ]);
});

describe('a tally is not taken in a room that tells bands', () => {
  const tallied = (change: (value: Value<'TallyProven'>) => void) => {
    const log = thresholdIn('joining');
    const value = log.tally(0);
    change(value);
    return log.add('TallyProven', value);
  };
  refuses([
    ['before the rows are committed', () => thresholdIn('committing').tallyBy(0), /the room is committing/],
    ['twice', () => thresholdIn('joining').tallyBy(0, 0), /a chunk after the last one of its step/],
    ['of other rows', () => tallied((v) => (v.statement.dataset += 1n)), /another dataset than the committed one/],
    ['under another plan', () => tallied((v) => (v.statement.plan += 1n)), /a tally under another plan/],
    ['under another k', () => tallied((v) => (v.statement.k -= 1)), /a tally under another k/],
    ['that is zero', () => tallied((v) => (v.statement.tally = 0n)), /a commitment to a tally is zero/],
  ]);
});

describe('steps of other templates are not taken in a room that tells bands', () => {
  const other = (state: 'joining' | 'sharing', add: (log: ThresholdLog) => RoomLog) => () => add(thresholdIn(state));
  const withMatch = (log: ThresholdLog) => {
    log.match(7);
    return log;
  };
  refuses([
    ['a blinded list', other('joining', (log) => log.blindBy(0)), NO_SUCH_STEP],
    ['an attested list', other('joining', (log) => log.add('ListAttested', log.attestedBlind(0))), NO_SUCH_STEP],
    ['a hop', other('joining', (log) => log.add('HopProven', log.hop(0, 1))), NO_SUCH_STEP],
    ['a match', other('joining', (log) => log.add('MatchProven', log.match(7))), NO_SUCH_STEP],
    ['a share', other('sharing', (log) => log.add('ShareGiven', withMatch(log).share(0))), NO_SUCH_STEP],
    ['a release', other('sharing', (log) => log.add('ResultReleased', withMatch(log).release(7))), NO_SUCH_STEP],
    ['a masked tally', other('sharing', (log) => log.maskBy(0)), NO_SUCH_STEP],
    ['figures', other('sharing', (log) => log.add('FiguresReleased', new AggregateLog().figures(0))), NO_SUCH_STEP],
  ]);
});

describe('who is at fault when a room that tells bands expires', () => {
  const cases: readonly Expiring[] = [
    ['everyone who has not tallied', () => thresholdIn('joining').tallyBy(1), 0b101],
    [
      'everyone, also with a part of a tally',
      () => {
        const log = thresholdIn('joining');
        return log.add('TallyProven', log.tally(0, chunkOf(0, false)));
      },
      0b111,
    ],
    ['everyone, before the first part', () => thresholdIn('sharing'), 0b111],
    ['everyone who has not given a part', () => thresholdIn('sharing').partBy(1), 0b101],
    ['the first slot, before the first mix', () => thresholdIn('parted'), 0b001],
    ['the first slot with a mix missing', () => thresholdIn('parted').mixBy(0, [1, 2]).mixBy(1, [1, 2]), 0b001],
    ['the next one, when it has all of its own', () => thresholdIn('parted').mixBy(0).mixBy(1, [3]), 0b010],
    ['the last one', () => thresholdIn('parted').mixBy(0).mixBy(1).mixBy(2, [1, 3], 1), 0b100],
    [
      'nobody, when a part was disputed',
      () => thresholdIn('sharing').partBy(1).add('StepDisputed', { room_id: ROOM, slot: 1 }),
      0,
    ],
    ['nobody, when a mix was disputed', () => thresholdIn('parted').add('StepDisputed', { room_id: ROOM, slot: 2 }), 0],
  ];
  expireAtFault(cases);

  test.each(['sharing', 'parted'] as const)('and who withdraws while the room is %s', (state) => {
    const withdrawn = (fault: number) => {
      const log = thresholdIn(state);
      return log.add('RoomEnded', log.ended(10, 1, fault));
    };
    expect(withdrawn(0b010).replay()).toMatchObject({ state: 'revoked', revokedBy: 1, atFault: [1] });
    expect(() => withdrawn(0).replay()).toThrow('other slots are named at fault');
    const log = thresholdIn(state).add('StepDisputed', { room_id: ROOM, slot: 0 });
    expect(log.add('RoomEnded', log.ended(10, 1)).replay()).toMatchObject({ state: 'revoked', atFault: [] });
  });

  test('nobody, when the host cancels', () => {
    const log = thresholdIn('parted');
    expect(log.add('RoomEnded', log.ended(8)).replay()).toMatchObject({ state: 'cancelled', atFault: [] });
  });

  test('a slot that withdraws before joining ends the room, for none is to spare', () => {
    const log = thresholdIn('committing');
    expect(() => log.withdraw(1).replay()).toThrow('a room goes on with too few slots');
    const other = thresholdIn('committing');
    expect(other.add('RoomEnded', other.ended(10, 1)).replay()).toMatchObject({ state: 'revoked', atFault: [] });
  });
});
