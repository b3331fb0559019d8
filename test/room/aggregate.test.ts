/** Rooms that aggregate: what their events come to, whose step is next, and each rule of theirs, broken once. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initField } from '../../app/lib/field/poseidon2.ts';
import { nextStep, type NextStep } from '../../app/lib/room/next.ts';
import { aggregates, standing, tallyPosition } from '../../app/lib/room/view.ts';
import { SOAK } from '../support/choice.ts';
import { AggregateLog, aggregateIn, COUNT, FIGURES_DIGEST, maskedOf, PLAN, tallyOf } from './aggregate-log.ts';
import { chunkOf, keysOf, numberOf, ROOM, roomIn, RoomLog, type Value } from './log.ts';
import { expireAtFault, type Expiring } from './expires.ts';
import { playByNextSteps } from './by-next-steps.ts';
import { refuses } from './refuses.ts';

beforeAll(initField);

const FEES = { token: 9n, fee: 100n, payer: 2, stake: 50n, shares: [1, 1, 0, 0, 0] };

describe('a room that aggregates', () => {
  test.each([2, 3, 4, 5])('of %i slots releases figures, with a proof of every step', (slots) => {
    const view = aggregateIn('closed', { slots }).replay();
    const members = Array.from({ length: slots }, (_, slot) => slot);
    expect(aggregates(view)).toBe(true);
    expect(view).toMatchObject({ state: 'closed', members, atFault: [], terms: { plan: PLAN, contributors: 2 } });
    expect(view.result).toEqual({ suppressed: false, count: COUNT, figures: FIGURES_DIGEST });
    expect(view.proofs.map(({ circuit }) => circuit)).toEqual([
      ...members.map(() => 'dataset_32'),
      ...members.map(() => 'tally_32'),
      ...members.map(() => 'masked'),
      'figures',
    ]);
    expect(view.tallies.map((tally) => tally!.commitment)).toEqual(members.map(tallyOf));
    expect(view.masked).toEqual(members.map(maskedOf));
    expect(view.lists.flat().every((digest) => digest === undefined)).toBe(true);
  });

  test.each([
    [1, 0b1111],
    [2, 0b0111],
    [3, 0b0001],
  ])('opens the groups that %i members have', (contributors, open) => {
    // The groups of slots 0 to 2: 0 and 1; 0 to 2; 0, 2 and 3.
    const options = { minSlots: 3, contributors };
    expect(aggregateIn('sharing', options).replay()).toMatchObject({ state: 'sharing', open });
    expect(aggregateIn('closed', options).replay().result).toMatchObject({ suppressed: false });
  });

  test('tells the last of 32 groups like any other', () => {
    expect(aggregateIn('sharing', { full: [2 ** 31, 2 ** 31 + 1, 0] }).replay().open).toBe(2 ** 31);
  });

  test('in which no group is open ends suppressed, with nothing to mask', () => {
    const log = aggregateIn('joining', { full: [0b001, 0b010, 0b100] }).tallyBy(0, 1);
    expect(log.replay().open).toBeUndefined();
    const view = log.tallyBy(2).replay();
    expect(view).toMatchObject({ state: 'released', open: 0, result: { suppressed: true } });
    expect(view.result).toEqual({ suppressed: true });
    expect(standing(view)).toBe(0x00_00_07_06n);
    for (const slot of [0, 1, 2]) expect(nextStep(view, slot)).toEqual({ kind: 'finished' });
  });

  test('takes a tally in several chunks, the last of which counts', () => {
    const log = aggregateIn('joining');
    log.add('TallyProven', log.tally(1, chunkOf(0, false)));
    expect(log.replay().tallies[1]).toBeUndefined();
    expect(log.replay().steps.get(tallyPosition(1))).toMatchObject({ circuit: 'tally_32', chunks: 1, last: false });
    expect(log.replay().progress.done).toBe(0);
    log.add('TallyProven', log.tally(1, chunkOf(1, true)));
    expect(log.replay()).toMatchObject({ state: 'joining', progress: { done: 0b010 } });
    expect(log.replay().tallies[1]).toEqual({ commitment: tallyOf(1), full: 0b0111 });
  });

  test('has the masks of its members in storage, as the contract has them', () => {
    const joining = aggregateIn('joining').tallyBy(2, 0);
    expect(standing(joining.replay())).toBe(0x05_00_07_04n);
    const sharing = aggregateIn('sharing');
    expect(standing(sharing.replay())).toBe(0x00_00_07_05n);
    expect(standing(sharing.maskBy(1).replay())).toBe(0x02_00_07_05n);
    expect(standing(aggregateIn('released').replay())).toBe(0x00_00_07_06n);
  });

  test('goes on over gaps, and asks for its members’ groups alone', () => {
    const log = new AggregateLog({ slots: 5 }).create().take(0, 2, 3).leaveOut(0, 2, 3);
    log.approve(0, 2, 3).commit(0, 2, 3).tallyBy(3, 0, 2);
    // Group 1 has slot 1 as its second contributor, which was left out.
    expect(log.replay()).toMatchObject({ state: 'sharing', open: 0b1001 });
    log.maskBy(2, 3, 0).add('FiguresReleased', log.figures(2));
    expect(log.replay().result).toEqual({ suppressed: false, count: COUNT, figures: FIGURES_DIGEST });
  });

  test('signs for the transcript after its last tally', () => {
    const log = aggregateIn('sharing');
    const { transcript, matchTranscript } = log.replay();
    expect(matchTranscript).toBe(transcript);
    expect(log.maskBy(0).replay().matchTranscript).toBe(transcript);
  });
});

describe('next steps', () => {
  const kindOf = (log: RoomLog, slot: number) => nextStep(log.replay(), slot).kind;

  function act(log: AggregateLog, slot: number, step: NextStep): void {
    switch (step.kind) {
      case 'take-slot':
        return void log.take(slot);
      case 'approve':
        return void log.approve(slot);
      case 'confirm-payment':
        return void log.pay(slot);
      case 'commit':
        return void log.commit(slot);
      case 'tally':
        return void log.tallyBy(slot);
      case 'mask':
        return void log.maskBy(slot);
      case 'figures':
        return void log.add('FiguresReleased', log.figures(slot));
      default:
        expect(['wait', 'finished']).toContain(step.kind);
    }
  }

  test('lead every room to its figures, in whatever order slots act', () => {
    const orders = fc.array(fc.nat({ max: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), orders, fc.boolean(), (slots, order, paid) => {
        const log = playByNextSteps(
          new AggregateLog({ slots, fees: paid ? FEES : {} }).create(),
          { slots, order, rounds: 10 },
          act,
        );
        expect(log.replay().result).toEqual({ suppressed: false, count: COUNT, figures: FIGURES_DIGEST });
      }),
      { numRuns: SOAK ? 6 : 2 },
    );
  });

  test('are a tally, also its rest; then the others are waited for', () => {
    const log = aggregateIn('joining');
    expect(kindOf(log, 1)).toBe('tally');
    expect(kindOf(log.add('TallyProven', log.tally(1, chunkOf(0, false))), 1)).toBe('tally');
    log.add('TallyProven', log.tally(1, chunkOf(1, true)));
    expect(nextStep(log.replay(), 1)).toEqual({ kind: 'wait', on: 'slot 0, 2 to tally their rows' });
    expect(kindOf(log, 0)).toBe('tally');
  });

  test('are a masked tally, and then figures by the first member', () => {
    const log = aggregateIn('sharing').maskBy(0);
    expect(nextStep(log.replay(), 0)).toEqual({ kind: 'wait', on: 'slot 1, 2 to give their masked tallies' });
    expect(kindOf(log, 1)).toBe('mask');
    log.maskBy(1, 2);
    expect([0, 1, 2].map((slot) => kindOf(log, slot))).toEqual(['figures', 'wait', 'wait']);
    expect(nextStep(log.replay(), 2)).toEqual({ kind: 'wait', on: 'slot 0 to release the figures' });
  });
});

describe('a tally is not taken', () => {
  const tallied = (
    change: (value: Value<'TallyProven'>) => void,
    log = aggregateIn('joining'),
    chunk = chunkOf(0, true),
  ) => {
    const value = log.tally(0, chunk);
    change(value);
    return log.add('TallyProven', value);
  };
  const first = () => tallied(() => undefined, aggregateIn('joining'), chunkOf(0, false));
  const second = (change: (value: Value<'TallyProven'>) => void) => tallied(change, first(), chunkOf(1, true));
  const overlap = () => {
    const log = roomIn('joining');
    return log.add('TallyProven', { ...new AggregateLog().tally(0), room_id: ROOM });
  };
  refuses([
    ['in a room that makes lists', overlap, /a step that the room's template does not have/],
    ['before the rows are committed', () => aggregateIn('committing').tallyBy(0), /the room is committing/],
    ['when all are there', () => aggregateIn('sharing').tallyBy(0), /the room is sharing/],
    ['twice', () => aggregateIn('joining').tallyBy(0, 0), /a chunk after the last one of its step/],
    ['for a slot that does not exist', () => tallied((v) => (v.statement.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => tallied((v) => (v.statement.context += 1n)), /a tally of another room/],
    ['by another slot', () => tallied((v) => (v.statement.slot = 1)), /another dataset than the committed one/],
    ['of other rows', () => tallied((v) => (v.statement.dataset += 1n)), /another dataset than the committed one/],
    ['under another plan', () => tallied((v) => (v.statement.plan += 1n)), /a tally under another plan/],
    ['under another k', () => tallied((v) => (v.statement.k -= 1)), /a tally under another k/],
    ['that is zero', () => tallied((v) => (v.statement.tally = 0n)), /a commitment to a tally is zero/],
    ['by another circuit', () => tallied((v) => (v.circuit = numberOf('masked'))), /circuit 20 is not one for/],
    ['by no circuit', () => tallied((v) => (v.circuit = 32)), /circuit 32 is not one for TallyProven/],
    ['from its second chunk on', () => tallied((v) => (v.chunk.index = 1)), /out of order/],
    ['from a state before it', () => tallied((v) => (v.chunk.state_before = 1n)), /does not continue the one before/],
    ['with a chunk twice', () => tallied(() => undefined, first(), chunkOf(0, false)), /out of order/],
    ['from another state', () => second((v) => (v.chunk.state_before += 1n)), /does not continue the one before it/],
    ['by chunks of two circuits', () => second((v) => (v.circuit = numberOf('tally_256'))), /state different things/],
    ['by chunks of two tallies', () => second((v) => (v.statement.tally += 1n)), /state different things/],
    ['by chunks of other groups', () => second((v) => (v.statement.full += 8)), /state different things/],
  ]);
});

describe('a masked tally is not taken', () => {
  const masked = (change: (value: Value<'MaskedGiven'>) => void, log = aggregateIn('sharing')) => {
    const value = log.maskedTally(0);
    change(value);
    return log.add('MaskedGiven', value);
  };
  const overlap = () => {
    const log = roomIn('sharing');
    return log.add('MaskedGiven', { ...new AggregateLog().maskedTally(0), room_id: ROOM });
  };
  const stranger = keysOf(4).decryptionPublic;
  refuses([
    ['in a room that makes lists', overlap, /a step that the room's template does not have/],
    ['before all tallies are there', () => aggregateIn('joining').tallyBy(0).maskBy(0), /the room is joining/],
    ['after the figures', () => aggregateIn('released').maskBy(0), /the room is released/],
    [
      'in a room without an open group',
      () =>
        aggregateIn('joining', { full: [1, 2, 4] })
          .tallyBy(0, 1, 2)
          .maskBy(0),
      /the room is released/,
    ],
    ['twice', () => aggregateIn('sharing').maskBy(0, 0), /slot 0 gave its masked tally twice/],
    ['for a slot that does not exist', () => masked((v) => (v.statement.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => masked((v) => (v.statement.context += 1n)), /a masked tally of another room/],
    ['for other slots', () => masked((v) => (v.statement.slots[2] = 3)), /other slots than the room's members/],
    ['for a slot too many', () => masked((v) => (v.statement.slots[3] = 3)), /other slots than the room's members/],
    ['under another key', () => masked((v) => (v.statement.keys[1] = stranger)), /other keys than the slots'/],
    ['under a key too many', () => masked((v) => (v.statement.keys[3] = stranger)), /other keys than the slots'/],
    ['under another plan', () => masked((v) => (v.statement.plan += 1n)), /a masked tally under another plan/],
    ['of another tally', () => masked((v) => (v.statement.tally += 1n)), /a masked tally of another tally/],
    ['of another slot’s tally', () => masked((v) => (v.statement.slot = 1)), /a masked tally of another tally/],
    ['of other full groups', () => masked((v) => (v.statement.full ^= 1)), /a masked tally of another tally/],
    ['for other open groups', () => masked((v) => (v.statement.open ^= 8)), /other groups than the open ones/],
    [
      'signing for another course',
      () => masked((v) => (v.statement.transcript += 1n)),
      /slot 0 signed for another course/,
    ],
    ['that is nothing', () => masked((v) => (v.statement.masked_digest = 0n)), /digest of a masked tally is zero/],
  ]);
});

describe('figures are not released', () => {
  const shared = () => aggregateIn('sharing').maskBy(0, 1, 2);
  const released = (change: (value: Value<'FiguresReleased'>) => void, log = shared()) => {
    const value = log.figures();
    change(value);
    return log.add('FiguresReleased', value);
  };
  const overlap = () => {
    const log = roomIn('sharing').shareAll();
    return log.add('FiguresReleased', { ...new AggregateLog().figures(), room_id: ROOM });
  };
  const early = () => released(() => undefined, aggregateIn('sharing').maskBy(0, 1));
  refuses([
    ['in a room that makes lists', overlap, /a step that the room's template does not have/],
    ['before all tallies are there', () => released(() => undefined, aggregateIn('joining')), /the room is joining/],
    ['before all masked tallies are there', early, /figures before every slot gave its masked tally/],
    ['twice', () => released(() => undefined, aggregateIn('released')), /the room is released/],
    ['by a slot that does not exist', () => released((v) => (v.slot = 3)), /slot 3 is not in the room/],
    ['of another room', () => released((v) => (v.statement.context += 1n)), /figures of another room/],
    ['of other slots', () => released((v) => (v.statement.slots[2] = 3)), /figures of other slots/],
    [
      'of other masked tallies',
      () => released((v) => (v.statement.masked[1] += 1n)),
      /figures of other masked tallies/,
    ],
    ['of a masked tally too many', () => released((v) => (v.statement.masked[3] = 1n)), /figures of other masked/],
    ['of other full groups', () => released((v) => (v.statement.full[1] ^= 8)), /figures of other tallies than those/],
    ['of full groups of nobody', () => released((v) => (v.statement.full[4] = 1)), /figures of other tallies than/],
    ['of other open groups', () => released((v) => (v.statement.open ^= 8)), /figures of other groups than the open/],
    ['under another plan', () => released((v) => (v.statement.plan += 1n)), /figures under another plan/],
    ['under another k', () => released((v) => (v.statement.k -= 1)), /figures below k/],
    ['over fewer than k rows', () => released((v) => (v.statement.count = 2)), /figures below k/],
    ['that are nothing', () => released((v) => (v.statement.figures_digest = 0n)), /digest of figures is zero/],
  ]);
});

describe('steps of other templates are not taken', () => {
  const NO_SUCH_STEP = /a step that the room's template does not have/;
  /** The event of an overlap room, in a room that aggregates. */
  const other = (state: 'joining' | 'sharing', add: (log: AggregateLog) => RoomLog) => () => add(aggregateIn(state));
  const sharing = (log: AggregateLog) => {
    // A share of some ciphertext: what it is of does not matter.
    log.match(7);
    return log;
  };
  refuses([
    ['a blinded list', other('joining', (log) => log.blindBy(0)), NO_SUCH_STEP],
    ['an attested list', other('joining', (log) => log.add('ListAttested', log.attestedBlind(0))), NO_SUCH_STEP],
    ['a hop', other('joining', (log) => log.add('HopProven', log.hop(0, 1))), NO_SUCH_STEP],
    ['an attested hop', other('joining', (log) => log.add('ListAttested', log.attestedHop(0, 1))), NO_SUCH_STEP],
    ['a match', other('joining', (log) => log.add('MatchProven', log.match(7))), NO_SUCH_STEP],
    ['a share', other('sharing', (log) => log.add('ShareGiven', sharing(log).share(0))), NO_SUCH_STEP],
    ['a release', other('sharing', (log) => log.add('ResultReleased', sharing(log).release(7))), NO_SUCH_STEP],
    [
      'an attested dataset',
      () => {
        const log = aggregateIn('committing');
        return log.add('DatasetAttested', log.attestedDataset(0));
      },
      /a step of proof mode "attested", which is not the room's/,
    ],
  ]);
});

describe('who is at fault when a room that aggregates expires', () => {
  const cases: readonly Expiring[] = [
    ['everyone who has not tallied', () => aggregateIn('joining').tallyBy(1), 0b101],
    [
      'everyone, also with a part of a tally',
      () => {
        const log = aggregateIn('joining');
        return log.add('TallyProven', log.tally(0, chunkOf(0, false)));
      },
      0b111,
    ],
    ['everyone who has not given a masked tally', () => aggregateIn('sharing').maskBy(0, 2), 0b010],
    ['nobody, when the figures alone are missing', () => aggregateIn('sharing').maskBy(0, 1, 2), 0],
    [
      'nobody, when a step was disputed',
      () => aggregateIn('joining').tallyBy(1).add('StepDisputed', { room_id: ROOM, slot: 1 }),
      0,
    ],
  ];
  expireAtFault(cases);
});
