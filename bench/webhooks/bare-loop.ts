import { signAndPost } from "./bare-client.ts";

/** Posts `total` webhooks of `body` to `url`, so many at once, and answers how many it managed each second. */
const [url = "", body = "", total = "0", inFlight = "1"] = process.argv.slice(2);

async function run(count: number): Promise<number> {
  let next = 0;
  const start = performance.now();
  const post = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await signAndPost(`${url}/${i % 200}`, `loop_${i}`, body);
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, post));
  return count / ((performance.now() - start) / 1000);
}

await run(2_000); // Until the JIT has settled.
process.send?.(await run(Number(total)));
process.disconnect();
