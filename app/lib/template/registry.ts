/** The templates that this software knows. */
import { aggregates, type RoomView } from '../room/view.ts';
import { aggregate } from './aggregate.ts';
import { overlap } from './overlap.ts';
import type { Template } from './template.ts';

/** The template of a room, which follows from its terms: only rooms that aggregate have a plan. */
export function templateOf(view: Pick<RoomView, 'terms'>): Template {
  return aggregates(view) ? aggregate : overlap;
}
