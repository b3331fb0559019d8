/** Rows with one fault: how many, and the places and reasons of the first ten. Never a value. */
export type Faults = Readonly<{ count: number; places: readonly string[] }>;

/** Faults that are placed. */
const MAX_PLACES = 10;

/** Gathers faults. */
export class FaultCounter {
  count = 0;
  readonly places: string[] = [];

  add(place: string, reason: string): void {
    this.count++;
    if (this.places.length < MAX_PLACES) this.places.push(`${place}: ${reason}`);
  }
}
