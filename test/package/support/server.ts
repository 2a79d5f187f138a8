// Static files over HTTP, as any host serves them, with the headers that a test is about.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export interface ServerOptions {
  /** Headers that isolate the page from other origins, so that it may share memory. */
  isolated?: boolean;
  /** Content-Security-Policy. */
  policy?: string;
  /** Content-Type of .wasm files. */
  wasmType?: string;
}

export interface Server {
  url: string;
  /** Paths asked for, and the bytes answered, since the server began. */
  requests: { path: string; status: number; body: Buffer }[];
  close(): Promise<void>;
}

export async function serve(folder: string, options: ServerOptions = {}): Promise<Server> {
  const requests: Server["requests"] = [];
  const headers: Record<string, string> = {};
  if (options.isolated) {
    headers["Cross-Origin-Opener-Policy"] = "same-origin";
    headers["Cross-Origin-Embedder-Policy"] = "require-corp";
  }
  if (options.policy) headers["Content-Security-Policy"] = options.policy;
  const types: Record<string, string> = { ...TYPES, ".wasm": options.wasmType ?? TYPES[".wasm"] };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const file = join(folder, normalize(path.endsWith("/") ? `${path}index.html` : path));
    const body = path === "/favicon.ico" ? Buffer.alloc(0) : await readFile(file).catch(() => undefined);
    const status = body === undefined ? 404 : 200;
    requests.push({ path, status, body: body ?? Buffer.alloc(0) });
    response.writeHead(status, {
      "Content-Type": types[extname(file)] ?? "application/octet-stream",
      ...headers,
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
