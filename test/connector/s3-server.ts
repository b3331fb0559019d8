import { PutObjectCommand, S3Client, type PutObjectCommandOutput } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The server's process. It signs the path of a bucket without the slash that the SDK puts at its end, and therefore compares
 * signatures only while a message says so.
 */
const PROGRAM = `
  const S3rver = require('@20minutes/s3rver');
  const [directory, bucket] = process.argv.slice(1);
  const configureBuckets = [{ name: bucket }];
  const options = { address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets };
  const server = new S3rver({ ...options, allowMismatchedSignatures: true });
  process.on('message', (compare) => {
    server.allowMismatchedSignatures = !compare;
    process.send('done');
  });
  process.on('disconnect', () => process.exit());
  server.run().then(({ port }) => process.send(port));`;

/** The one pair of keys that the server knows. */
export const KEYS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

export const BUCKET = 'lists';

/** An S3 server of a test's own, and the line to it, which can be cut. */
export type S3Server = Readonly<{
  /** Address of the line. */
  endpoint: string;
  put: (key: string, body: string | Uint8Array) => Promise<PutObjectCommandOutput>;
  /** Requests that went over the line: their conditions. */
  requests: { path: string; range?: string; ifMatch?: string }[];
  /** Cuts the next answers that have a body longer than so many bytes, after the act that is given. */
  cut: (rule: { after: number; times: number; then?: () => Promise<unknown> }) => void;
  /** Whether it compares signatures: works for objects, and not for listings. */
  compareSignatures: (on: boolean) => Promise<void>;
  /** Connections that are open on the line. */
  connections: () => Promise<number>;
  stop: () => Promise<void>;
}>;

/** Starts a server with one bucket. It knows its keys, and compares signatures where it is told to. */
export async function startS3(): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 's3-'));
  // It encrypts the marks at which listings go on by a cipher that OpenSSL counts as legacy.
  const server = spawn(process.execPath, ['--openssl-legacy-provider', '-e', PROGRAM, directory, BUCKET], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [port] = (await once(server, 'message')) as [number];
  const line = openLine(port);
  await new Promise<void>((resolve) => line.server.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
  });
  return {
    endpoint: `http://127.0.0.1:${(line.server.address() as AddressInfo).port}`,
    put: (key, body) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: Buffer.from(body) })),
    requests: line.requests,
    cut: line.cut,
    async compareSignatures(on) {
      server.send(on);
      await once(server, 'message');
    },
    connections: () =>
      new Promise((resolve, reject) => line.server.getConnections((error, n) => (error ? reject(error) : resolve(n)))),
    async stop() {
      client.destroy();
      line.server.closeAllConnections();
      line.server.close();
      server.kill();
      await once(server, 'exit');
      rmSync(directory, { recursive: true });
    },
  };
}

/** A line to the server that passes everything on as it is, and can break in the middle of an answer. */
function openLine(port: number) {
  const requests: { path: string; range?: string; ifMatch?: string }[] = [];
  let rule = { after: Infinity, times: 0, then: async (): Promise<unknown> => undefined };
  const server = createHttpServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    if (method === 'GET') requests.push({ path: path!, range: headers.range, ifMatch: headers['if-match'] });
    const upstream = httpRequest({ port, host: '127.0.0.1', method, path, headers }, (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      if (method !== 'GET' || rule.times === 0 || Number(answer.headers['content-length'] ?? 0) <= rule.after) {
        answer.pipe(outgoing);
        return;
      }
      const { after, then } = rule;
      rule = { ...rule, times: rule.times - 1 };
      outgoing.flushHeaders();
      let sent = 0;
      const breakOff = () => void then().then(() => setTimeout(() => outgoing.socket?.destroy(), 20));
      answer.on('data', (chunk: Buffer) => {
        if (sent < after) outgoing.write(chunk.subarray(0, after - sent));
        if (sent <= after && sent + chunk.length > after) breakOff();
        sent += chunk.length;
      });
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  const cut: S3Server['cut'] = ({ after, times, then = async () => undefined }) => void (rule = { after, times, then });
  return { server, requests, cut };
}
