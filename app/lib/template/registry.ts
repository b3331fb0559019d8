/** The templates that this software knows. */
import { kindOf, type RoomKind, type RoomView } from '../room/view.ts';
import { aggregate } from './aggregate.ts';
import { joined } from './joined.ts';
import { overlap } from './overlap.ts';
import type { Template } from './template.ts';
import { threshold } from './threshold.ts';

const TEMPLATES: Readonly<Record<RoomKind, Template>> = { overlap, aggregate, joined, threshold };

/** The template of a room, which follows from what its terms say that it opens. */
export function templateOf(view: Pick<RoomView, 'terms'>): Template {
  return TEMPLATES[kindOf(view)];
}
