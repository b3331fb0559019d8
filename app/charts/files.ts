/** Charts as files, made where they are shown: nothing is sent and no image is loaded. */
import type { Chart } from './chart.ts';
import { clipped, DASHES, DISC_COVER, LETTER, moved, WIDTH, type Drawing, type Ink, type Shape } from './drawing.ts';

/** Colours of files: those of a page in daylight. */
const COLOURS: Record<Ink, string> = {
  ink: '#1c2321',
  soft: '#55605c',
  line: '#d9d9d1',
  accent: '#14514a',
  second: '#2f5d9b',
  paper: '#ffffff',
};
const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
/** Pixels of a PNG for each unit of a drawing. */
const PIXELS = 3;
const EDGE = 12;
const HEADING = 28;
const LINE = 16;
const LETTERS_IN_LINE = 56;

/** A chart as it stands alone: with its title above, and below it where it is from and what it is worth. */
export function framed({ title, drawing }: Pick<Chart, 'title' | 'drawing'>, source: readonly string[]): Drawing {
  const below = EDGE + HEADING + drawing.height + 10;
  const lines = source.flatMap(wrapped);
  return {
    width: WIDTH + 2 * EDGE,
    height: below + lines.length * LINE + EDGE,
    shapes: [
      {
        kind: 'text',
        x: EDGE,
        y: EDGE + 12,
        text: clipped(title, LETTERS_IN_LINE),
        anchor: 'start',
        fill: 'ink',
        strong: true,
      },
      ...drawing.shapes.map((shape) => moved(shape, EDGE, EDGE + HEADING)),
      ...lines.map((text, i): Shape => ({
        kind: 'text',
        x: EDGE,
        y: below + LINE * (i + 1) - 4,
        text,
        anchor: 'start',
        fill: 'soft',
      })),
    ],
  };
}

/** A text in lines: what it says of a figure's worth is not to be cut. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (lines.length > 0 && longer.length <= LETTERS_IN_LINE) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The text of an SVG file. Names of parties and columns stay text in it. */
export function svgText({ width, height, shapes }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="${LETTER}">`,
    `<rect width="${width}" height="${height}" fill="${COLOURS.paper}"/>`,
    ...shapes.map(elementText),
    '</svg>\n',
  ].join('\n');
}

function elementText(shape: Shape): string {
  switch (shape.kind) {
    case 'rect': {
      const { x, y, width, height } = shape;
      const paint = 'fill' in shape ? `fill="${COLOURS[shape.fill]}"` : `fill="none" ${strokeText(shape)}`;
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" ${paint}/>`;
    }
    case 'disc':
      return `<circle cx="${shape.x}" cy="${shape.y}" r="${shape.radius}" fill="${COLOURS[shape.fill]}" fill-opacity="${DISC_COVER}" stroke="${COLOURS[shape.fill]}" stroke-width="1.5"/>`;
    case 'dot':
      return `<circle cx="${shape.x}" cy="${shape.y}" r="${shape.radius}" fill="${COLOURS[shape.fill]}"/>`;
    case 'line': {
      const [[x1, y1], [x2, y2]] = [shape.from, shape.to];
      return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke-width="${shape.width}" ${strokeText(shape)}/>`;
    }
    case 'text': {
      const weight = shape.strong ? ' font-weight="600"' : '';
      return `<text x="${shape.x}" y="${shape.y}" text-anchor="${shape.anchor}" fill="${COLOURS[shape.fill]}"${weight}>${escaped(shape.text)}</text>`;
    }
  }
}

function strokeText({ stroke, dashed }: { readonly stroke: Ink; readonly dashed?: true }): string {
  return `stroke="${COLOURS[stroke]}"${dashed ? ` stroke-dasharray="${DASHES.join(' ')}"` : ''}`;
}

/** XML takes no control characters but these three, whatever they are written as. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/**
 * The bytes of a PNG file, painted shape by shape.
 * @throws Error where the browser paints nothing
 */
export async function pngOf(drawing: Drawing): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = drawing.width * PIXELS;
  canvas.height = Math.ceil(drawing.height * PIXELS);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('This browser paints no pictures.');
  pen.scale(PIXELS, PIXELS);
  pen.fillStyle = COLOURS.paper;
  pen.fillRect(0, 0, drawing.width, drawing.height);
  for (const shape of drawing.shapes) paint(pen, shape);
  const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!png) throw new Error('This browser makes no PNG of a picture.');
  return png;
}

function paint(pen: CanvasRenderingContext2D, shape: Shape): void {
  if ('fill' in shape) pen.fillStyle = COLOURS[shape.fill];
  if ('stroke' in shape) pen.strokeStyle = COLOURS[shape.stroke];
  pen.setLineDash('dashed' in shape && shape.dashed ? [...DASHES] : []);
  pen.lineWidth = 1;
  switch (shape.kind) {
    case 'rect': {
      const { x, y, width, height } = shape;
      if ('fill' in shape) pen.fillRect(x, y, width, height);
      else pen.strokeRect(x, y, width, height);
      return;
    }
    case 'disc':
    case 'dot':
      pen.beginPath();
      pen.arc(shape.x, shape.y, shape.radius, 0, 2 * Math.PI);
      pen.globalAlpha = shape.kind === 'disc' ? DISC_COVER : 1;
      pen.fill();
      pen.globalAlpha = 1;
      if (shape.kind === 'dot') return;
      pen.strokeStyle = COLOURS[shape.fill];
      pen.lineWidth = 1.5;
      pen.stroke();
      return;
    case 'line':
      pen.lineWidth = shape.width;
      pen.beginPath();
      pen.moveTo(...shape.from);
      pen.lineTo(...shape.to);
      pen.stroke();
      return;
    case 'text':
      pen.font = `${shape.strong ? '600 ' : ''}${LETTER}px ${FONT}`;
      pen.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
      pen.fillText(shape.text, shape.x, shape.y);
  }
}

/** Has the browser save a file. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
