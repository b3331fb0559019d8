/** A recorder before a node: it passes requests on, and keeps what was in them. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';

export type Recorder = {
  readonly url: string;
  /** Bodies of all requests so far, unpacked. */
  readonly bodies: readonly Buffer[];
  close(): void;
};

/** Headers that are about one connection, or about how an answer was packed. */
const OWN_HEADERS = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding', 'host'];

/** Starts a recorder before the server at `target`. */
export async function startRecorder(target: string): Promise<Recorder> {
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const packed = await buffer(request);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(packed) : packed;
      bodies.push(body);
      const { method = 'GET', url = '/' } = request;
      const headers = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.includes(name));
      const answer = await fetch(new URL(url, target), {
        method,
        headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
        body: body.length > 0 ? new Uint8Array(body) : undefined,
      });
      const content = Buffer.from(await answer.arrayBuffer());
      response.writeHead(
        answer.status,
        Object.fromEntries([...answer.headers].filter(([name]) => !OWN_HEADERS.includes(name))),
      );
      response.end(content);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
