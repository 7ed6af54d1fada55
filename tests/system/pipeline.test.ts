import { describePipeline } from "./pipeline.contract.ts";

describePipeline("in files", () => Promise.resolve({ env: {}, stop: () => Promise.resolve() }));
