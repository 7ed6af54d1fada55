import { openTestS3 } from "../support/test-s3.ts";
import { describePipeline } from "./pipeline.contract.ts";

describePipeline("on S3", async () => {
  const s3 = await openTestS3();
  return { env: { ...s3.env, STORAGE_URL: s3.storageUrl() }, stop: s3.stop };
});
