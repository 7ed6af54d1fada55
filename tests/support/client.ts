import { waitFor } from "./wait.ts";

/** A job as the API shows it, as far as tests look at it. */
export interface JobView {
  readonly job_id: string;
  readonly status: "pending" | "processing" | "completed" | "failed" | "cancelled";
  readonly attempts: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly progress: { readonly segments_done: number; readonly segments_total: number };
  readonly audio: {
    readonly url: string;
    readonly bytes: number;
    readonly duration_seconds: number;
    readonly sha256: string;
  } | null;
  readonly error: { readonly code: string; readonly message: string; readonly segment: number | null } | null;
  readonly webhook: {
    readonly status: string;
    readonly attempts: number;
    readonly last_status_code: number | null;
  };
}

/** A delivery as the API shows it, as far as tests look at it. */
export interface DeliveryView {
  readonly status: string;
  readonly attempts: readonly { readonly status_code: number | null; readonly error_class: string | null }[];
}

const ENDED = new Set(["completed", "failed", "cancelled"]);

/** What a customer with an HTTP library would write. */
export function createClient(url: string, apiKey: string) {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } });

  async function job(jobId: string): Promise<JobView> {
    return (await (await request(`/v1/jobs/${jobId}`)).json()) as JobView;
  }

  return {
    request,
    job,
    async isReady(): Promise<boolean> {
      return fetch(`${url}/health/ready`).then(
        (response) => response.ok,
        () => false,
      );
    },
    async submit(body: Readonly<Record<string, unknown>>): Promise<JobView> {
      const response = await request("/v1/tts/async", { method: "POST", body: JSON.stringify(body) });
      if (response.status !== 202) {
        throw new Error(`submitting answered ${response.status}: ${await response.text()}`);
      }
      return (await response.json()) as JobView;
    },
    async ended(jobId: string, timeoutMs = 30_000): Promise<JobView> {
      let latest = await job(jobId);
      const isEnded = async (): Promise<boolean> => ENDED.has((latest = await job(jobId)).status);
      await waitFor(isEnded, { timeoutMs, what: `job ${jobId} to end` });
      return latest;
    },
    async webhookSettled(jobId: string, timeoutMs = 30_000): Promise<JobView> {
      let latest = await job(jobId);
      const isSettled = async (): Promise<boolean> =>
        (latest = await job(jobId)).webhook.status !== "pending";
      await waitFor(isSettled, { timeoutMs, what: `the webhook of job ${jobId}` });
      return latest;
    },
    /** The first of the job's deliveries, once it is settled. */
    async settledDelivery(jobId: string, timeoutMs = 30_000): Promise<DeliveryView> {
      let latest: DeliveryView | undefined;
      const isSettled = async (): Promise<boolean> => {
        const { data } = (await (await request(`/v1/jobs/${jobId}/deliveries`)).json()) as {
          data: readonly DeliveryView[];
        };
        latest = data[0];
        return latest !== undefined && latest.status !== "pending";
      };
      await waitFor(isSettled, { timeoutMs, what: `a delivery of job ${jobId}` });
      if (latest === undefined) throw new Error(`job ${jobId} has no delivery`);
      return latest;
    },
  };
}

export type Client = ReturnType<typeof createClient>;
