/** By what name a check of a receipt is linked to: `proof-7` of `Proof 7 of 7: figures`, `room-log` of `Room log`. */
export function checkAnchor(title: string): string {
  const [, number] = /^Proof (\d+) of /.exec(title) ?? [];
  return number === undefined ? title.toLowerCase().replace(/[^a-z0-9]+/g, '-') : `proof-${number}`;
}
