import { Pool } from "undici";
import type { Herald } from "../tests/support/herald.ts";

/** Posts jobs at the least cost to the machine that is measured: the client shares its cores with the service. */
export function createSubmitter({ url, apiKey }: Pick<Herald, "url" | "apiKey">, connections: number) {
  const pool = new Pool(url, { connections });
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  return {
    async submit(body: string): Promise<void> {
      const answer = await pool.request({ path: "/v1/tts/async", method: "POST", headers, body });
      if (answer.statusCode !== 202) {
        throw new Error(`submitting answered ${answer.statusCode}: ${await answer.body.text()}`);
      }
      await answer.body.dump();
    },
    stop: () => pool.close(),
  };
}
