import { LIMIT_SETTINGS } from "./topics/limit-settings.ts";
import { PLACE_SETTINGS } from "./topics/place-settings.ts";
import { RETENTION_SETTINGS } from "./topics/retention-settings.ts";
import { RUNNING_SETTINGS } from "./topics/running-settings.ts";
import { SECRET_SETTINGS } from "./topics/secret-settings.ts";
import { WEBHOOK_SETTINGS } from "./topics/webhook-settings.ts";
import { WORK_SETTINGS } from "./topics/work-settings.ts";

export type { Environment, Setting } from "./values/setting.ts";

/** Every setting of every process. docs/configuration.md is written from it, in this order, by `npm run docs`. */
export const settings = {
  ...PLACE_SETTINGS,
  ...SECRET_SETTINGS,
  ...WEBHOOK_SETTINGS,
  ...RETENTION_SETTINGS,
  ...LIMIT_SETTINGS,
  ...WORK_SETTINGS,
  ...RUNNING_SETTINGS,
};

export type SettingName = keyof typeof settings;
