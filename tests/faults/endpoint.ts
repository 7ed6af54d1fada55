import type { Client } from "../support/client.ts";

/** A tenant's endpoint beside the URL that each job brings: it is to be told of every job, too. */
export interface Endpoint {
  readonly id: string;
  readonly secret: string;
  /** Under which its requests come in. */
  readonly path: string;
}

const ENDPOINTS = "/v1/webhook-endpoints";

export async function openEndpoint(client: Client, url: string): Promise<Endpoint> {
  const response = await client.request(ENDPOINTS, { method: "POST", body: JSON.stringify({ url }) });
  if (response.status !== 201) throw new Error(`making an endpoint answered ${response.status}`);
  const { endpoint_id: id, secret } = (await response.json()) as { endpoint_id: string; secret: string };
  return { id, secret, path: new URL(url).pathname };
}

export async function closeEndpoint(client: Client, { id }: Endpoint): Promise<void> {
  const response = await client.request(`${ENDPOINTS}/${id}`, { method: "DELETE" });
  if (response.status !== 204) throw new Error(`deleting an endpoint answered ${response.status}`);
}
