import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { EventSelector } from '@aztec/aztec.js/abi';
import {
  MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX,
  PROTOCOL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX,
} from '@aztec/constants';
import { FIELD_MODULUS } from '../../app/lib/field/field.ts';
import { PROGRESS_SLOT } from '../../app/lib/chain/log.ts';
import { decodeEvent, EVENTS, eventSignature, publicInputsOf, type EventName } from '../../app/lib/room/events.ts';
import { decode, encode, type Layout } from '../../app/lib/room/schema.ts';
import { eventSelectors } from '../../app/lib/room/selectors.ts';

type AbiType = {
  kind: string;
  width?: number;
  length?: number;
  type?: AbiType;
  fields?: { name: string; type: AbiType }[];
};

let artifact: {
  outputs: {
    structs: { events: (AbiType & { path: string })[] };
    globals: { storage: { fields: { name: string; value: AbiValue }[] }[] };
  };
};
let sources: string;
type AbiValue = { kind: string; value: string; fields: { name: string; value: AbiValue }[] };

beforeAll(async () => {
  artifact = JSON.parse(
    await readFile(new URL('../../artifacts/contracts/clean_room.json', import.meta.url), 'utf8'),
  ) as typeof artifact;
  sources = await readFile(new URL('../../contracts/clean_room/src/room.nr', import.meta.url), 'utf8');
});

/** Into how many fields the room contract packs one of its structs. */
function packed(struct: string): number {
  return Number(new RegExp(`impl Packable for ${struct} \\{\\s+let N: u32 = (\\d+);`).exec(sources)![1]);
}

/** The layout that the compiled contract's own interface describes. */
function layoutOf(type: AbiType): Layout {
  switch (type.kind) {
    case 'field':
      return 'Field';
    case 'boolean':
      return 'bool';
    case 'integer':
      return `u${type.width}` as Layout;
    case 'array':
      return { array: layoutOf(type.type!), length: type.length! };
    default:
      return { struct: type.fields!.map(({ name, type: member }) => [name, layoutOf(member)] as const) };
  }
}

const names = Object.keys(EVENTS) as EventName[];
const width = (layout: Layout): number =>
  typeof layout === 'string'
    ? 1
    : 'struct' in layout
      ? layout.struct.reduce((total, [, member]) => total + width(member), 0)
      : layout.length * width(layout.array);

describe('event layouts', () => {
  test('are those of the compiled contract, all of them and no others', () => {
    const compiled = Object.fromEntries(
      artifact.outputs.structs.events.map((event) => [event.path.split('::').at(-1)!, layoutOf(event)]),
    );
    expect(EVENTS).toEqual(compiled);
  });

  test('give signatures in the spelling of the ABI', () => {
    expect(eventSignature('PolicyApproved')).toBe('PolicyApproved(Field,u32,Field,Field,Field)');
    expect(eventSignature('RoomCreated')).toMatch(/,\(Field,u128,u32,u128,\[u32;5\]\)\),\[Field;32\],\[Field;5\]\)$/);
    expect(eventSignature('ShareGiven')).toBe('ShareGiven(Field,u32,(Field,Field),Field,Field,Field,Field)');
    expect(eventSignature('DatasetAttested')).toBe('DatasetAttested(Field,u32,Field)');
    expect(eventSignature('ListAttested')).toBe(
      'ListAttested(Field,(Field,u32,u32,u32,Field,(Field,Field)),[Field;3])',
    );
  });

  test('the first room of a template writes no more public values than a transaction may', () => {
    const { struct } = EVENTS.RoomCreated as { struct: readonly (readonly [string, Layout])[] };
    const widthOf = (name: string): number => width(struct.find(([member]) => member === name)![1]);
    // Keys and invites a value each, terms and progress as they are packed; one is the fee payer's balance.
    const writes = packed('RoomTerms') + packed('RoomProgress') + widthOf('circuits') + widthOf('invites');
    expect(writes).toBe(51);
    expect(writes).toBeLessThanOrEqual(
      MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX - PROTOCOL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX,
    );
  });

  test('the progress of rooms lies in the storage slot that the client reads', () => {
    const storage = artifact.outputs.globals.storage.find(({ fields }) =>
      fields.some(({ name, value }) => name === 'contract_name' && value.value === 'CleanRoom'),
    )!;
    const layout = storage.fields.find(({ name }) => name === 'fields')!;
    const progress = layout.value.fields.find(({ name }) => name === 'progress')!;
    expect(BigInt(`0x${progress.value.fields[0].value.value}`)).toBe(PROGRESS_SLOT);
  });
});

describe('decoding', () => {
  test('is undone by encoding, for every event and any values in range', () => {
    const value = (layout: Layout): fc.Arbitrary<unknown> => {
      if (layout === 'Field') return fc.bigInt({ min: 0n, max: FIELD_MODULUS - 1n });
      if (layout === 'u64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
      if (layout === 'u128') return fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
      if (layout === 'bool') return fc.boolean();
      if (layout === 'u32' || layout === 'u8') return fc.nat({ max: layout === 'u8' ? 255 : 2 ** 32 - 1 });
      if ('struct' in layout)
        return fc.record(Object.fromEntries(layout.struct.map(([n, member]) => [n, value(member)])));
      return fc.array(value(layout.array), { minLength: layout.length, maxLength: layout.length });
    };
    for (const name of names) {
      const layout: Layout = EVENTS[name];
      fc.assert(
        fc.property(value(layout), (any) => {
          expect(decode(layout, encode(layout, any as never), name)).toEqual(any);
        }),
        { numRuns: 20 },
      );
    }
  });

  test('refuses events that are too short, too long, or out of range', () => {
    for (const name of names) {
      const fields = Array.from({ length: width(EVENTS[name]) }, () => 0n);
      const at = { name, txHash: '0x', block: 1 };
      expect(() => decodeEvent({ ...at, fields })).not.toThrow();
      expect(() => decodeEvent({ ...at, fields: fields.slice(1) })).toThrow('too short');
      expect(() => decodeEvent({ ...at, fields: [...fields, 0n] })).toThrow('too many');
      expect(() => decodeEvent({ ...at, fields: [FIELD_MODULUS, ...fields.slice(1)] })).toThrow('out of range');
      expect(() => decodeEvent({ ...at, fields: [-1n, ...fields.slice(1)] })).toThrow('out of range');
    }
    expect(() => decode('bool', [2n], 'flag')).toThrow('out of range');
    expect(() => decode('u32', [1n << 32n], 'number')).toThrow('out of range');
    expect(() => decode('u64', [1n << 64n], 'number')).toThrow('out of range');
    expect(() => decode('u128', [1n << 128n], 'number')).toThrow('out of range');
  });

  test('public inputs of an announced proof are the statement and the chunk, nothing before or after', () => {
    const announced = {
      DatasetProven: { statement: 6, before: 2 },
      BlindProven: { statement: 8, before: 2 },
      HopProven: { statement: 8, before: 2 },
      MatchProven: { statement: 1 + 5 + 5 + 5 + 1 + 6 + 2, before: 3 },
      TallyProven: { statement: 7, before: 2 },
      EncryptProven: { statement: 8, before: 2 },
      ReturnProven: { statement: 8, before: 2 },
      SelectProven: { statement: 13, before: 2 },
    } as const;
    for (const name of names) {
      const fields = Array.from({ length: width(EVENTS[name]) }, (_, i) => BigInt(i));
      const inputs = publicInputsOf({ txHash: '0x', block: 1, name, fields });
      if (name in announced) {
        const { statement, before } = announced[name as keyof typeof announced];
        expect(inputs).toEqual(fields.slice(before, before + statement + 4));
        expect(fields).toHaveLength(before + statement + 4 + 1);
      } else if (name === 'ResultReleased') {
        expect(inputs).toEqual(fields.slice(2, 2 + 1 + 5 + 10 + 4 + 10 + 2));
      } else if (name === 'MaskedGiven') {
        expect(inputs).toEqual(fields.slice(1, 1 + 3 + 5 + 10 + 5));
      } else if (name === 'FiguresReleased') {
        expect(inputs).toEqual(fields.slice(2, 2 + 1 + 5 + 5 + 5 + 5));
      } else if (name === 'TallyOpened') {
        expect(inputs).toEqual(fields.slice(1, 1 + 4 + 1 + 8 + 2));
      } else if (name === 'PartGiven') {
        expect(inputs).toEqual(fields.slice(1, 1 + 4 + 6));
      } else if (name === 'MixGiven') {
        expect(inputs).toEqual(fields.slice(2, 2 + 3 + 2 + 3 + 4 + 3));
      } else {
        expect(inputs).toBeUndefined();
      }
    }
  });
});

test('selectors are those that Aztec computes of the signatures', async () => {
  const selectors = await eventSelectors();
  expect([...selectors.keys()]).toEqual(names);
  for (const [name, selector] of selectors) {
    const theirs = await EventSelector.fromSignature(eventSignature(name));
    expect([name, selector]).toEqual([name, theirs.toField().toBigInt()]);
  }
});
