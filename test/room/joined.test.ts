/** Rooms that join values: what their events come to, whose step is next, who is at fault, and each rule, broken once. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initField } from '../../app/lib/field/poseidon2.ts';
import type { CircuitName } from '../../app/lib/protocol/context.ts';
import { nextStep, type NextStep } from '../../app/lib/room/next.ts';
import {
  aggregates,
  encryptedPosition,
  joinsValues,
  kindOf,
  returnedPosition,
  selectedPosition,
  standing,
} from '../../app/lib/room/view.ts';
import { SOAK } from '../support/choice.ts';
import { aggregateIn, AggregateLog, COUNT, FIGURES_DIGEST, maskedOf, PLAN, tallyOf } from './aggregate-log.ts';
import { encryptedOf, finishValues, FULL, joinedIn, JoinedLog, selectedOf } from './joined-log.ts';
import {
  chunkOf,
  derived,
  keysOf,
  listOf,
  numberOf,
  returnedOf,
  ROOM,
  roomIn,
  valuesOf,
  type RoomLog,
  type Value,
} from './log.ts';
import { expireAtFault, type Expiring } from './expires.ts';
import { playByNextSteps } from './by-next-steps.ts';
import { refuses, type Case } from './refuses.ts';

beforeAll(initField);

const NO_SUCH_STEP = /a step that the room's template does not have/;

describe('a room that joins values', () => {
  test.each([2, 3, 4, 5])('of %i slots releases figures, with a proof of every step', (slots) => {
    const view = joinedIn('closed', { slots }).replay();
    const members = Array.from({ length: slots }, (_, slot) => slot);
    const last = slots - 1;
    expect([kindOf(view), joinsValues(view), aggregates(view)]).toEqual(['joined', true, false]);
    expect(view).toMatchObject({ state: 'closed', members, atFault: [], matched: true });
    expect(view.ciphertext).toBeUndefined();
    expect(view.result).toEqual({ suppressed: false, count: COUNT, figures: FIGURES_DIGEST });
    const times = (count: number, circuit: string) => Array.from({ length: count }, () => circuit);
    expect(view.proofs.map(({ circuit }) => circuit)).toEqual([
      ...times(slots, 'dataset_32'),
      ...times(slots, 'blind_values_32'),
      ...times(slots * last, 'hop_32'),
      `match_32_${slots}`,
      ...times(3, 'encrypt_32'),
      // Two lists have vectors, and come back to their first hop.
      ...times(2 * (slots - 2), 'hop_32'),
      ...times(3, 'select_32'),
      ...times(slots, 'opened'),
      ...times(slots, 'masked'),
      'figures',
    ]);
    expect(view.values).toEqual(members.map(valuesOf));
    expect(view.encrypted[0].slice(0, 3)).toEqual([encryptedOf(0, 0), encryptedOf(0, 1), undefined]);
    expect(view.selected[last].slice(0, 3)).toEqual([undefined, undefined, selectedOf(last, 2)]);
    expect(view.returned[0].slice(1)).toEqual(members.slice(1).map((hop) => returnedOf(0, hop)));
    expect(view.tallies).toEqual(
      members.map((slot) => ({ commitment: tallyOf(slot), full: slot === 0 || slot === last ? FULL : 0 })),
    );
    expect(view.masked).toEqual(members.map(maskedOf));
  });

  test('is still joining after its match, and counts opened tallies then', () => {
    const log = joinedIn('joining');
    expect(standing(log.blindAll().hopAll().replay())).toBe(0x09_00_07_04n);
    expect(standing(log.matchAll().replay())).toBe(0x00_00_07_04n);
    log.encryptBy(0, 2).returnOf(0, 2).selectOf(0, 2);
    expect(standing(log.openBy(1).replay())).toBe(0x02_00_07_04n);
    expect(standing(log.openBy(2).replay())).toBe(0x06_00_07_04n);
    expect(log.replay().matchTranscript).toBeUndefined();
    const view = log.openBy(0).replay();
    expect(standing(view)).toBe(0x00_00_07_05n);
    expect(view).toMatchObject({ open: FULL, matchTranscript: view.transcript });
  });

  test('ends suppressed where fewer than k elements match, and opens nothing', () => {
    const view = joinedIn('joining').blindAll().hopAll().matchAll(2).replay();
    expect(view).toMatchObject({ state: 'released', matched: false, result: { suppressed: true } });
    expect(view.returned.flat().every((digest) => digest === undefined)).toBe(true);
  });

  test('ends suppressed where no group has k elements', () => {
    const view = finishValues(joinedIn('matched', { full: [0, 0, 0] })).replay();
    expect(view).toMatchObject({ state: 'released', open: 0, result: { suppressed: true } });
  });

  test('takes its steps in several chunks, the last of which counts', () => {
    const log = joinedIn('matched');
    log.add('EncryptProven', log.encrypted(0, 1, chunkOf(0, false)));
    log.add('ReturnProven', log.returned(0, 2, chunkOf(0, false)));
    expect(log.replay().encrypted[0][1]).toBeUndefined();
    expect(log.replay().returned[0][1]).toBeUndefined();
    expect(log.replay().steps.get(encryptedPosition(0, 1))).toMatchObject({ circuit: 'encrypt_32', chunks: 1 });
    expect(log.replay().steps.get(returnedPosition(0, 2))).toMatchObject({ circuit: 'hop_32', chunks: 1 });
    log.add('EncryptProven', log.encrypted(0, 1, chunkOf(1, true)));
    log.add('ReturnProven', log.returned(0, 2, chunkOf(1, true)));
    log.add('SelectProven', log.select(0, 1, chunkOf(0, false)));
    expect(log.replay().selected[0][1]).toBeUndefined();
    expect(log.replay().steps.get(selectedPosition(0, 1))).toMatchObject({ circuit: 'select_32', chunks: 1 });
    log.add('SelectProven', log.select(0, 1, chunkOf(1, true)));
    expect(log.replay().selected[0][1]).toBe(selectedOf(0, 1));
  });
});

describe('a room that joins values is not created', () => {
  const created = (policy: Partial<Value<'RoomCreated'>['policy']>, terms: object = policy) => {
    const log = new JoinedLog();
    const draft = structuredClone(log.creation);
    Object.assign(draft.policy, policy);
    Object.assign(draft.terms, terms);
    return log.add('RoomCreated', derived(draft));
  };
  const INCOMPLETE = /a room that joins values has a plan, one contributor and all slots/;
  refuses([
    ['without a naming slot', () => created({ naming: 0 }), /vectors need a naming slot/],
    ['without vectors', () => created({ vectors: 0n }), /a naming slot vectors/],
    ['without a plan', () => created({ plan: 0n, contributors: 0 }), INCOMPLETE],
    ['with two contributors', () => created({ contributors: 2 }), INCOMPLETE],
    ['to go on without a slot', () => created({ min_slots: 2 }), INCOMPLETE],
    ['attested', () => created({ proof_mode: 1 }), /a room with a plan is succinct/],
    ['with a naming slot too many', () => created({ naming: 4 }), /has no naming slot 3/],
    [
      'with a vector of a slot too many',
      () => created({ vectors: 1n << 24n }),
      /a vector of a slot that does not exist/,
    ],
    ['with other vectors in its terms', () => created({ vectors: 1n }, {}), /disagree about vectors/],
    ['with another naming slot in its terms', () => created({ naming: 1 }, {}), /disagree about naming/],
  ]);
});

describe('an overlap with cohorts', () => {
  test.each([2, 3, 5])('of %i slots is a room whose naming slot brings one vector, and nobody else any', (slots) => {
    const owner = slots - 1;
    const cohorts = { slots, vectors: 1n << BigInt(8 * owner + 2), naming: slots };
    const view = joinedIn('closed', cohorts).replay();
    expect([kindOf(view), view.state]).toEqual(['joined', 'closed']);
    expect(view.result).toEqual({ suppressed: false, count: COUNT, figures: FIGURES_DIGEST });
    const members = Array.from({ length: slots }, (_, slot) => slot);
    expect(view.tallies.map((tally) => tally?.full)).toEqual(members.map((slot) => (slot === owner ? FULL : 0)));
    expect(view.encrypted.flat().filter((digest) => digest !== undefined)).toEqual([encryptedOf(owner, 2)]);
    expect(view.selected.flat().filter((digest) => digest !== undefined)).toEqual([selectedOf(owner, 2)]);
    // No other list comes back, so nobody is told which elements of it matched.
    const returns = view.proofs.slice(view.proofs.findIndex(({ circuit }) => circuit.startsWith('match')));
    expect(returns.filter(({ circuit }) => circuit === 'hop_32')).toHaveLength(slots - 2);
  });
});

describe('next steps', () => {
  const next = (log: RoomLog, slot: number) => nextStep(log.replay(), slot);

  function act(log: JoinedLog, slot: number, step: NextStep): void {
    switch (step.kind) {
      case 'take-slot':
        return void log.take(slot);
      case 'approve':
        return void log.approve(slot);
      case 'commit':
        return void log.commit(slot);
      case 'blind':
        return void log.blindBy(slot);
      case 'hop':
        return void log.pass(step.list, step.hop);
      case 'match':
        return void log.matchAll();
      case 'encrypt':
        return void log.add('EncryptProven', log.encrypted(slot, step.vector));
      case 'return':
        return void log.add('ReturnProven', log.returned(step.list, step.hop));
      case 'select':
        return void log.add('SelectProven', log.select(step.list, step.vector));
      case 'open':
        return void log.openBy(slot);
      case 'mask':
        return void log.maskBy(slot);
      case 'figures':
        return void log.add('FiguresReleased', log.figures(slot));
      default:
        expect(['wait', 'finished']).toContain(step.kind);
    }
  }

  test('lead every room to its figures, in whatever order slots act', () => {
    const orders = fc.array(fc.nat({ max: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5 }), orders, (slots, order) => {
        const log = playByNextSteps(new JoinedLog({ slots }).create(), { slots, order, rounds: 25 }, act);
        expect(log.replay().result).toEqual({ suppressed: false, count: COUNT, figures: FIGURES_DIGEST });
      }),
      { numRuns: SOAK ? 6 : 2 },
    );
  });

  test('are vectors where the slot would wait for others', () => {
    const log = joinedIn('joining').blindBy(0, 1);
    expect(next(log, 0)).toEqual({ kind: 'encrypt', vector: 0 });
    expect(next(log, 1)).toEqual({ kind: 'wait', on: 'slot 2 to blind its list' });
    expect(next(log, 2)).toEqual({ kind: 'blind' });
    log.blindBy(2);
    expect(next(log, 0)).toEqual({ kind: 'hop', list: 2, hop: 1 });
    log.add('EncryptProven', log.encrypted(0, 0));
    log.hopAll();
    expect(next(log, 0)).toEqual({ kind: 'match' });
    expect(next(log, 2)).toEqual({ kind: 'encrypt', vector: 2 });
  });

  test('are returns, selected sums and opened tallies after the match', () => {
    const log = joinedIn('matched');
    // List 0 went to slot 1 and then to slot 2, list 2 to slot 0 and then to slot 1.
    expect(next(log, 2)).toEqual({ kind: 'return', list: 0, hop: 2 });
    expect(next(log, 1)).toEqual({ kind: 'return', list: 2, hop: 2 });
    expect(next(log, 0)).toEqual({ kind: 'encrypt', vector: 0 });
    log.returnOf(0, 2).encryptBy(0);
    expect(next(log, 1)).toEqual({ kind: 'select', list: 0, vector: 0 });
    expect(next(log, 0)).toEqual({ kind: 'wait', on: 'slot 1 to go on with the list of slot 0' });
    expect(next(log, 2)).toEqual({ kind: 'encrypt', vector: 2 });
    log.encryptBy(2).selectOf(0);
    expect(next(log, 0)).toEqual({ kind: 'select', list: 2, vector: 2 });
    expect(next(log, 1)).toEqual({ kind: 'open' });
    expect(next(log, 2)).toEqual({ kind: 'wait', on: 'slot 0 to go on with the list of slot 2' });
    log.selectOf(2).openBy(1);
    expect(next(log, 1)).toEqual({ kind: 'wait', on: 'slot 0, 2 to open their tallies' });
    log.openBy(0, 2);
    expect([0, 1, 2].map((slot) => next(log, slot).kind)).toEqual(['mask', 'mask', 'mask']);
  });
});

describe('a blinded list or match is not taken', () => {
  const blinded = (slot: number, plan: bigint, circuit: CircuitName = 'blind_values_32') => {
    const log = joinedIn('joining');
    const value = log.blind(slot);
    value.statement.plan = plan;
    value.circuit = numberOf(circuit);
    return log.add('BlindProven', value);
  };
  const OTHER_LABELS = /a blinding with labels that are not for this slot/;
  const again = (log: JoinedLog) => log.add('MatchProven', log.match(7, 0, chunkOf(1, true)));
  const unreturned = () => {
    const log = joinedIn('joining').blindAll().hopAll();
    const value = log.match(7);
    value.statement.returned[1] = 0n;
    return log.add('MatchProven', value);
  };
  refuses([
    ['with labels of another slot', () => blinded(0, PLAN), OTHER_LABELS],
    ['of the naming slot without labels', () => blinded(1, 0n), OTHER_LABELS],
    ['of the naming slot under another plan', () => blinded(1, PLAN + 1n), OTHER_LABELS],
    [
      'with labels in a room without values',
      () => {
        const log = roomIn('joining');
        const value = log.blind(0);
        value.statement.plan = PLAN;
        return log.add('BlindProven', value);
      },
      OTHER_LABELS,
    ],
    ['by the circuit of rooms that join nothing', () => blinded(1, PLAN, 'blind_32'), /circuit 2 is not one for/],
    ['by the larger of its circuits', () => blinded(0, 0n, 'blind_256'), /circuit 3 is not one for/],
    ['twice', () => again(joinedIn('matched')), /a match after the one on record/],
    ['without a returned list', unreturned, /the digest of a returned list is zero/],
  ]);
});

/** Adds an event of a slot's step with a change. */
type Change<V> = (value: V) => void;

describe('an encrypted vector is not taken', () => {
  const encrypted = (change: Change<Value<'EncryptProven'>>, log = joinedIn('matched'), chunk = chunkOf(0, true)) => {
    const value = log.encrypted(0, 1, chunk);
    change(value);
    return log.add('EncryptProven', value);
  };
  const first = () => encrypted(() => undefined, joinedIn('matched'), chunkOf(0, false));
  const second = (change: Change<Value<'EncryptProven'>>) => encrypted(change, first(), chunkOf(1, true));
  refuses([
    ['before the list is blinded', () => joinedIn('joining').encryptBy(2), /before its list was blinded/],
    ['before the rows are committed', () => joinedIn('committing').encryptBy(2), /the room is committing/],
    ['after the last tally', () => joinedIn('sharing').encryptBy(2), /the room is sharing/],
    ['twice', () => joinedIn('matched').encryptBy(2, 2), /a chunk after the last one of its step/],
    ['of another room', () => encrypted((v) => (v.statement.context += 1n)), /an encrypted vector of another room/],
    ['that the slot does not bring', () => encrypted((v) => (v.statement.vector = 2)), /slot 0 brings no vector 2/],
    ['that there is not', () => encrypted((v) => (v.statement.vector = 8)), /slot 0 brings no vector 8/],
    ['of another slot', () => encrypted((v) => (v.statement.slot = 2)), /slot 2 brings no vector 1/],
    ['of other values', () => encrypted((v) => (v.statement.values += 1n)), /of other values than those on record/],
    ['under another plan', () => encrypted((v) => (v.statement.plan += 1n)), /under another plan/],
    [
      'under another key',
      () => encrypted((v) => (v.statement.key = keysOf(1).decryptionPublic)),
      /under another key than the slot's/,
    ],
    [
      'that is nothing',
      () => encrypted((v) => (v.statement.encrypted_digest = 0n)),
      /digest of an encrypted vector is/,
    ],
    ['by another circuit', () => encrypted((v) => (v.circuit = numberOf('select_32'))), /circuit 24 is not one for/],
    ['by chunks of two statements', () => second((v) => (v.statement.encrypted_digest += 1n)), /different things/],
    ['by chunks of two circuits', () => second((v) => (v.circuit = numberOf('encrypt_256'))), /different things/],
    ['from another state', () => second((v) => (v.chunk.state_before += 1n)), /does not continue the one before it/],
  ]);
});

describe('a returned list is not taken', () => {
  const returned = (change: Change<Value<'ReturnProven'>>, log = joinedIn('matched')) => {
    const value = log.returned(0, 2);
    change(value);
    return log.add('ReturnProven', value);
  };
  const hops = (...made: number[]) => {
    const log = joinedIn('matched', { slots: 4 });
    for (const hop of made) log.add('ReturnProven', log.returned(0, hop));
    return log;
  };
  const NOT_MINE = /a returned list that is not this slot's/;
  refuses([
    [
      'before the match',
      () => returned(() => undefined, joinedIn('joining').blindAll().hopAll()),
      /before the one that it follows/,
    ],
    ['before the hop behind it is returned', () => hops(2), /before the one that it follows/],
    ['twice', () => hops(3, 3), /a chunk after the last one of its step/],
    ['to the blinded list', () => hops(3, 2, 1), NOT_MINE],
    ['of a hop that there is not', () => returned((v) => (v.statement.hop = 3)), NOT_MINE],
    ['by another slot', () => returned((v) => (v.statement.slot = 1)), NOT_MINE],
    ['of a slot without vectors', () => returned((v) => (v.statement.list = 9)), /that nobody asks for/],
    ['of a list that is not returned', () => returned((v) => (v.statement.list = 0)), /that nobody asks for/],
    ['of a list that there is not', () => returned((v) => (v.statement.list = 11)), /that nobody asks for/],
    ['of another room', () => returned((v) => (v.statement.context += 1n)), /a returned list of another room/],
    ['under another key', () => returned((v) => (v.statement.key_x += 1n)), /under another key than the slot's/],
    ['from another list', () => returned((v) => (v.statement.output_digest += 1n)), /another one than that on record/],
    ['that is nothing', () => returned((v) => (v.statement.input_digest = 0n)), /digest of a returned list is zero/],
    ['by another circuit', () => returned((v) => (v.circuit = numberOf('blind_32'))), /circuit 2 is not one for/],
  ]);
});

describe('selected sums are not taken', () => {
  const ready = () => joinedIn('matched').encryptBy(0, 2).returnOf(0, 2);
  const selected = (change: Change<Value<'SelectProven'>>, log = ready()) => {
    const value = log.select(0, 1);
    change(value);
    return log.add('SelectProven', value);
  };
  refuses([
    ['before the match', () => joinedIn('joining').blindAll().encryptBy(2).selectOf(2), /before the list was returned/],
    ['before the return', () => joinedIn('matched').encryptBy(2).selectOf(2), /before the list was returned/],
    ['before the encryption', () => joinedIn('matched').returnOf(2).selectOf(2), /before the vector was encrypted/],
    ['twice', () => ready().selectOf(2, 2), /a chunk after the last one of its step/],
    ['by another slot', () => selected((v) => (v.statement.slot = 2)), /selected sums that are not this slot's/],
    ['by the list’s slot', () => selected((v) => (v.statement.slot = 0)), /selected sums that are not this slot's/],
    ['of a vector that there is not', () => selected((v) => (v.statement.vector = 3)), /slot 0 brings no vector 3/],
    ['of a list that there is not', () => selected((v) => (v.statement.list = 5)), /slot 5 brings no vector 1/],
    ['of another room', () => selected((v) => (v.statement.context += 1n)), /selected sums of another room/],
    [
      'under another blinding key',
      () => selected((v) => (v.statement.key = keysOf(2).blindingPublic)),
      /selected sums under another key than the slot's/,
    ],
    [
      'under another slot’s decryption key',
      () => selected((v) => (v.statement.owner_key = keysOf(1).decryptionPublic)),
      /under another key than the list's slot has/,
    ],
    ['of another list', () => selected((v) => (v.statement.list_digest += 1n)), /of another list than the one on/],
    ['of other flags', () => selected((v) => (v.statement.returned_digest += 1n)), /of another returned list/],
    ['of other ciphertexts', () => selected((v) => (v.statement.encrypted_digest += 1n)), /another encrypted vector/],
    ['of another vector’s', () => selected((v) => (v.statement.encrypted_digest -= 1n)), /another encrypted vector/],
    ['under another k', () => selected((v) => (v.statement.k -= 1)), /selected sums under another k/],
    ['that are nothing', () => selected((v) => (v.statement.selected_digest = 0n)), /digest of selected sums is zero/],
    ['by another circuit', () => selected((v) => (v.circuit = numberOf('encrypt_32'))), /circuit 22 is not one for/],
  ]);
});

describe('an opened tally is not taken', () => {
  const ready = () => joinedIn('matched').encryptBy(0, 2).returnOf(0, 2).selectOf(0, 2);
  const opened = (change: Change<Value<'TallyOpened'>>, slot = 0, log = ready()) => {
    const value = log.openedTally(slot);
    change(value);
    return log.add('TallyOpened', value);
  };
  const OTHER_SUMS = /an opened tally of other sums than those on record/;
  const COUNTING = /counts are told by the first slot that brings a vector/;
  refuses([
    ['before the match', () => joinedIn('joining').blindAll().hopAll().openBy(1), /an opened tally before the match/],
    [
      'before all its sums are there',
      () => {
        const log = joinedIn('matched').encryptBy(0).returnOf(0);
        return log.add('SelectProven', log.select(0, 0)).openBy(0);
      },
      /before its vector 1 was selected/,
    ],
    ['twice', () => ready().openBy(0, 0), /slot 0 opened its tally twice/],
    ['after the last one', () => joinedIn('sharing').openBy(0), /the room is sharing/],
    ['of another room', () => opened((v) => (v.statement.context += 1n)), /an opened tally of another room/],
    ['of another slot', () => opened((v) => (v.statement.slot = 1)), /under another key than the slot's/],
    [
      'under another key',
      () => opened((v) => (v.statement.key = keysOf(0).blindingPublic)),
      /under another key than the slot's/,
    ],
    ['of other sums', () => opened((v) => (v.statement.selected[1] += 1n)), OTHER_SUMS],
    ['without a vector', () => opened((v) => (v.statement.selected[1] = 0n)), OTHER_SUMS],
    ['with a vector too many', () => opened((v) => (v.statement.selected[2] = 1n)), OTHER_SUMS],
    [
      'of sums by a slot without vectors',
      () => opened((v) => (v.statement.selected[0] = selectedOf(0, 0)), 1),
      OTHER_SUMS,
    ],
    ['without the counts', () => opened((v) => (v.statement.counting = false)), COUNTING],
    ['with counts told twice', () => opened((v) => (v.statement.counting = true), 2), COUNTING],
    ['with counts by a slot without vectors', () => opened((v) => (v.statement.counting = true), 1), COUNTING],
    ['that is nothing', () => opened((v) => (v.statement.tally = 0n)), /a commitment to a tally is zero/],
  ]);
});

describe('steps of other templates are not taken', () => {
  const overlap = (add: (log: RoomLog, joined: JoinedLog) => RoomLog) => () =>
    add(roomIn('joining').blindAll(), new JoinedLog());
  const elsewhere: readonly Case[] = [
    [
      'an encrypted vector in an overlap',
      overlap((log, j) => log.add('EncryptProven', j.encrypted(0, 0))),
      NO_SUCH_STEP,
    ],
    ['a returned list in an overlap', overlap((log, j) => log.add('ReturnProven', j.returned(0, 2))), NO_SUCH_STEP],
    ['selected sums in an overlap', overlap((log, j) => log.add('SelectProven', j.select(0, 0))), NO_SUCH_STEP],
    ['an opened tally in an overlap', overlap((log, j) => log.add('TallyOpened', j.openedTally(1))), NO_SUCH_STEP],
    [
      'an opened tally where sums are over each slot’s rows',
      () => aggregateIn('joining').add('TallyOpened', new JoinedLog().openedTally(1)),
      NO_SUCH_STEP,
    ],
  ];
  const joined = (log: JoinedLog, add: (log: JoinedLog) => RoomLog) => () => add(log);
  refuses([
    ...elsewhere,
    ['a tally', () => joined(joinedIn('matched'), (log) => log.tallyBy(0))(), NO_SUCH_STEP],
    [
      'a share',
      () => {
        const log = joinedIn('sharing');
        return log.add('ShareGiven', log.share(0));
      },
      NO_SUCH_STEP,
    ],
    [
      'a release',
      () => {
        const log = joinedIn('sharing');
        return log.add('ResultReleased', log.release(7));
      },
      NO_SUCH_STEP,
    ],
    [
      'an attested list',
      () => {
        const log = joinedIn('joining');
        return log.add('ListAttested', log.attestedBlind(0));
      },
      /a step of proof mode "attested"/,
    ],
  ]);
  test('nor is a share of a match taken that nobody shares', () => {
    expect(() => joinedIn('matched').shareAll().replay()).toThrow('the room is joining');
  });
});

describe('who is at fault when a room that joins values expires', () => {
  const disputed = (log: AggregateLog) => log.add('StepDisputed', { room_id: ROOM, slot: 1 });
  const cases: readonly Expiring[] = [
    ['everyone who has not blinded a list', () => joinedIn('joining').blindBy(1), 0b101],
    ['everyone whose turn it is', () => joinedIn('joining').blindAll().pass(0, 1), 0b101],
    ['nobody, when the match is missing', () => joinedIn('joining').blindAll().hopAll(), 0],
    // Slot 2 has to return list 0, slot 1 list 2; slots 0 and 2 have to encrypt, slot 1 could open its empty tally.
    ['everyone, right after the match', () => joinedIn('matched'), 0b111],
    [
      'who has not returned a list',
      () => joinedIn('matched').encryptBy(0, 2).openBy(1).returnOf(2).selectOf(2).openBy(2),
      0b100,
    ],
    [
      'who has not encrypted a vector',
      () => joinedIn('matched').returnOf(0, 2).encryptBy(2).selectOf(2).openBy(1, 2),
      0b001,
    ],
    ['who has not selected', () => joinedIn('matched').returnOf(0, 2).encryptBy(0, 2).selectOf(2).openBy(1, 2), 0b010],
    [
      'who has not opened a tally',
      () => joinedIn('matched').returnOf(0, 2).encryptBy(0, 2).selectOf(0, 2).openBy(2),
      0b011,
    ],
    ['who has not given a masked tally', () => joinedIn('sharing').maskBy(0, 2), 0b010],
    ['nobody, when the figures alone are missing', () => joinedIn('sharing').maskBy(0, 1, 2), 0],
    ['nobody, when a step was disputed', () => disputed(joinedIn('matched')), 0],
  ];
  expireAtFault(cases);
});

test('lists are what the made-up digests say', () => {
  expect(joinedIn('matched').replay().lists[2]).toEqual([0, 1, 2].map((hop) => listOf(2, hop)));
});
