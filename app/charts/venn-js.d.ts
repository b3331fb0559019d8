/** What is used of the library, whose own types its package does not lead to. */
declare module '@upsetjs/venn.js' {
  /** How far apart the centres of two circles are whose overlap has this area. */
  export function distanceFromIntersectArea(radius: number, otherRadius: number, overlap: number): number;
}
