import { BoundedMap } from "@herald/platform/bounded-map";
import { parseWebhookUrl, type WebhookUrlRules } from "@herald/webhooks/guard/webhook-url";
import type { VettedUrl } from "./undici-adapter.ts";

/** What is sent now goes to few URLs, and to these again and again. */
const MAX_KEPT = 1000;

/**
 * Vets each URL once more before it is called: what was accepted under yesterday's configuration may not be called under
 * today's. The rules are the process's own, so a verdict holds for its life. Throws what parseWebhookUrl throws.
 */
export function createVettedUrls(rules: WebhookUrlRules): (url: string) => VettedUrl {
  const kept = new BoundedMap<string, VettedUrl>(MAX_KEPT);
  return (url) => {
    const known = kept.get(url);
    if (known !== undefined) return known;
    const { href, origin, pathname, search } = parseWebhookUrl(url, rules);
    const vetted = { href, origin, path: pathname + search };
    kept.set(url, vetted);
    return vetted;
  };
}
