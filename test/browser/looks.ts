/** What every page has to be like, whatever is on it. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Widths of a phone and of a wide screen, in pixels. */
const WIDTHS = [360, 1440];
const SCHEMES = ['light', 'dark'] as const;

/** What is wrong with a page's looks and accessibility, in both widths and both colour schemes; empty where nothing is. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) faults.push(`${colorScheme}, ${width} px: it is ${wide} px wide`);
    }
    faults.push(...(await seriousIssues(page)).map((issue) => `${colorScheme}: ${issue}`));
  }
  return faults;
}

async function seriousIssues(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
  });
}
