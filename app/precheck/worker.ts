/** Looks at one table in the browser, off the page's own thread. It asks no server for anything. */
import { checkFile, previewOf } from './look.ts';
import type { PrecheckNews, PrecheckRequest } from './messages.ts';

/** Milliseconds between two tellings of progress. */
const PACE = 100;

const tell = (news: PrecheckNews): void => self.postMessage(news);

async function answer(request: PrecheckRequest): Promise<PrecheckNews> {
  if (request.kind === 'preview') return { kind: 'preview', preview: await previewOf(request.file) };
  let last = 0;
  const report = await checkFile(request.file, request.terms, (rows, bytes) => {
    if (performance.now() - last < PACE) return;
    last = performance.now();
    tell({ kind: 'progress', rows, bytes });
  });
  return { kind: 'report', report };
}

self.addEventListener('message', ({ data }: MessageEvent<PrecheckRequest>) => {
  answer(data).then(tell, (error: unknown) =>
    tell({ kind: 'refused', reason: error instanceof Error ? error.message : String(error) }),
  );
});
