/** How quantiles are named, which figures give as decimal fractions: `The median`, `The 25 % quantile`. */
export function quantileName(quantile: string): string {
  const percent = Math.round(Number(quantile) * 10_000) / 100;
  return percent === 50 ? 'The median' : `The ${percent} % quantile`;
}
