import { API, SYNTHESIS, HOUSEKEEPER, ENDING_JOBS, setting } from "../values/setting.ts";
import * as value from "../values/value-schemas.ts";

/** How long things are kept. */
export const RETENTION_SETTINGS = {
  AUDIO_TTL: setting({
    schema: value.duration("1s", "3650d"),
    byDefault: "24h",
    description: "How long finished audio, and the links to it, last.",
    readBy: SYNTHESIS,
  }),
  RECORD_TTL: setting({
    schema: value.duration("1s", "3650d"),
    byDefault: "7d",
    description: "How long an ended job can be asked about.",
    readBy: ENDING_JOBS,
  }),
  DELIVERY_TTL: setting({
    schema: value.duration("1m", "3650d"),
    byDefault: "30d",
    description:
      "How long a webhook delivery can be listed and sent again, as long as its job's record is there.",
    readBy: HOUSEKEEPER,
  }),
  DELIVERY_MAX_BYTES: setting({
    schema: value.byteSize("1MiB", "1024GiB"),
    byDefault: "1GiB",
    description: "What all deliveries together may take in Redis; the ones settled longest ago go first.",
    readBy: HOUSEKEEPER,
  }),
  RECOVERY_RATE: setting({
    schema: value.integer(1, 1000),
    byDefault: "20",
    description:
      "How many deliveries a second are sent again by `POST /v1/deliveries/recover`, on average, and how many that were parked for endpoints that are enabled again.",
    readBy: HOUSEKEEPER,
  }),
  IDEMPOTENCY_TTL: setting({
    schema: value.duration("1s", "30d"),
    byDefault: "24h",
    description: "How long an `Idempotency-Key` is remembered.",
    readBy: API,
  }),
  KEEP_TEXT: setting({
    schema: value.boolean,
    byDefault: "false",
    description: "Keeps the text of ended jobs until their record is deleted.",
    readBy: ENDING_JOBS,
  }),
};
