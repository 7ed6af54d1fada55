export { ConfigurationError, EXIT_BAD_CONFIGURATION } from "./configuration-error.ts";
export { findTypos } from "./find-typos.ts";
export { namesReadBy, type SettingsReadBy } from "./read-by.ts";
export { readSecretFiles } from "./read-secret-files.ts";
export { readSettings, type Settings } from "./read-settings.ts";
export type { Process } from "./setting.ts";
export type { Environment } from "./settings.ts";
export { HERALD_VERSION } from "./version.ts";
