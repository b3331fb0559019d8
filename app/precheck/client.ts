/** The page's side of the worker that looks at a table. */
import type { CheckReport } from '../lib/check/report.ts';
import type { CheckTerms, PrecheckNews, PrecheckRequest, Preview } from './messages.ts';

/** Looks at one file at a time; what is asked for later ends what was asked for before. */
export type Precheck = {
  /** Resolves to the first rows. @throws Error with the reason where the file is none that can be read */
  preview(file: File): Promise<Preview>;
  /** Resolves to the report. @throws Error with the reason where the file cannot be checked */
  check(file: File, terms: CheckTerms, onProgress: (rows: number, bytes: number) => void): Promise<CheckReport>;
  /** Ends the worker, and whatever is under way; its promise is never settled. */
  close(): void;
};

/** Makes ready to look at files. A worker is started with the first request, and takes the next ones as well. */
export function newPrecheck(): Precheck {
  let worker: Worker | undefined;
  let busy = false;

  const close = (): void => {
    worker?.terminate();
    [worker, busy] = [undefined, false];
  };

  function ask<K extends 'preview' | 'report'>(
    wanted: K,
    request: PrecheckRequest,
    onProgress: (rows: number, bytes: number) => void = () => {},
  ): Promise<Extract<PrecheckNews, { kind: K }>> {
    if (busy) close();
    worker ??= new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    busy = true;
    const asked = worker;
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        busy = false;
        reject(new Error(reason));
      };
      asked.onerror = ({ message }) => fail(message || 'the script that reads files could not be loaded');
      asked.onmessage = ({ data: news }: MessageEvent<PrecheckNews>) => {
        if (news.kind === 'progress') return onProgress(news.rows, news.bytes);
        if (news.kind !== wanted) return fail(news.kind === 'refused' ? news.reason : 'the answer is of another kind');
        busy = false;
        resolve(news as Extract<PrecheckNews, { kind: K }>);
      };
      asked.postMessage(request);
    });
  }

  return {
    preview: async (file) => (await ask('preview', { kind: 'preview', file })).preview,
    check: async (file, terms, onProgress) => (await ask('report', { kind: 'check', file, terms }, onProgress)).report,
    close,
  };
}
