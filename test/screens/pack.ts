/** Makes pictures of pages small: pages have few colours, so 256 of them do, and a byte for each pixel. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const MOST_COLOURS = 256;

type Pixels = { readonly width: number; readonly height: number; readonly colours: Uint32Array };

/** Packs a PNG anew with a palette. @throws where it is no PNG as browsers make them of a page */
export function packed(png: Buffer): Buffer {
  const { width, height, colours } = pixelsOf(png);
  const palette = paletteOf(colours);
  const nearest = new Map(palette.map((colour, i) => [colour, i]));
  const rows = Buffer.alloc(height * (width + 1));
  colours.forEach((colour, at) => {
    const index = nearest.get(colour) ?? nearestOf(palette, colour);
    nearest.set(colour, index);
    rows[at + Math.floor(at / width) + 1] = index;
  });
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((colour) => [...channels(colour)]));
  const parts = [
    chunk('IHDR', head),
    chunk('PLTE', table),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND'),
  ];
  return Buffer.concat([SIGNATURE, ...parts]);
}

/** The pixels of a PNG of eight bits for each of three or four channels, without what they let through. */
function pixelsOf(png: Buffer): Pixels {
  const parts = new Map<string, Buffer[]>();
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    const kind = png.toString('latin1', at + 4, at + 8);
    parts.set(kind, [...(parts.get(kind) ?? []), png.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  const [head] = parts.get('IHDR')!;
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const [depth, kind, , , interlaced] = head.subarray(8);
  if (depth !== 8 || interlaced !== 0 || (kind !== 2 && kind !== 6)) throw new Error('This PNG is of another kind.');
  const bytes = kind === 2 ? 3 : 4;
  const rows = unfiltered(inflateSync(Buffer.concat(parts.get('IDAT')!)), width * bytes, bytes);
  const colours = new Uint32Array(width * height);
  for (let i = 0; i < colours.length; i++) {
    colours[i] = (rows[i * bytes] << 16) | (rows[i * bytes + 1] << 8) | rows[i * bytes + 2];
  }
  return { width, height, colours };
}

/** Takes back what each row was written as the difference to (PNG, section 9). */
function unfiltered(data: Buffer, stride: number, bytes: number): Uint8Array {
  const height = data.length / (stride + 1);
  const rows = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < bytes ? 0 : rows[at - bytes];
      const above = y === 0 ? 0 : rows[at - stride];
      const corner = x < bytes || y === 0 ? 0 : rows[at - stride - bytes];
      const guess = [0, left, above, (left + above) >> 1, filter === 4 ? paeth(left, above, corner) : 0][filter];
      rows[at] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return rows;
}

function paeth(left: number, above: number, corner: number): number {
  const sum = left + above - corner;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(sum - value));
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** The most frequent colours. */
function paletteOf(colours: Uint32Array): number[] {
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].sort(([, one], [, other]) => other - one);
  return byCount.slice(0, MOST_COLOURS).map(([colour]) => colour);
}

function nearestOf(palette: readonly number[], colour: number): number {
  const own = channels(colour);
  let best = 0;
  let least = Infinity;
  palette.forEach((candidate, i) => {
    const distance = channels(candidate).reduce((sum, value, c) => sum + (value - own[c]) ** 2, 0);
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

function channels(colour: number): [red: number, green: number, blue: number] {
  return [(colour >> 16) & 255, (colour >> 8) & 255, colour & 255];
}

function chunk(kind: string, data = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
