import { Pool, ProxyAgent, type Dispatcher } from "undici";
import { poolOptions } from "./guarded-agent.ts";

export interface ProxiedAgentOptions {
  readonly proxyUrl: string;
  readonly connectTimeoutMs: number;
}

/**
 * Sends everything through tunnels of one proxy, which resolves the names and decides what may be reached. There is no other
 * way out: where the proxy is away or refuses, the attempt fails.
 */
export function createProxiedAgent({ proxyUrl, connectTimeoutMs: timeout }: ProxiedAgentOptions): Dispatcher {
  return new ProxyAgent({
    ...poolOptions(),
    uri: proxyUrl,
    proxyTls: { timeout },
    requestTls: { timeout },
    // A proxy that never answers would keep its tunnels waiting for minutes.
    clientFactory: (url, options) => new Pool(url, { ...options, headersTimeout: timeout }),
  });
}
