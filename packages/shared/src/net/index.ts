export { createAddressGuard } from "./address-guard.ts";
export type { AddressGuard, AddressGuardOptions } from "./address-guard.ts";
export { createGuardedLookup } from "./guarded-lookup.ts";
export type { GuardedLookupOptions } from "./guarded-lookup.ts";
export type { Resolve } from "./resolve-name.ts";
export { parseWebhookUrl } from "./webhook-url.ts";
export type { PortRange, WebhookUrlRules } from "./webhook-url.ts";
