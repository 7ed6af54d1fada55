export { createAddressGuard } from "./address-guard.ts";
export type { AddressGuard } from "./address-guard.ts";
export { createGuardedLookup } from "./guarded-lookup.ts";
export type { Resolve } from "./resolve-name.ts";
export { parseWebhookUrl } from "./webhook-url.ts";
export type { WebhookUrlRules } from "./webhook-url.ts";
