import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openTestStore, TENANT, type TestStore } from "../../../../tests/support/test-store.ts";
import { MAX_ENDPOINTS } from "./endpoint-store.ts";

let store: TestStore;

beforeEach(() => {
  store = openTestStore();
});
afterEach(() => store.close());

describe("a tenant's endpoints", () => {
  it("are read as they were made, oldest first, and by nobody else", async () => {
    const first = await store.addEndpoint({ description: "the first" });
    const second = await store.addEndpoint({ enabled: false });
    await store.addEndpoint({ tenant: "umbrella" });

    expect(await store.endpoints.list(TENANT)).toEqual([first, second]);
    expect(await store.endpoints.find(TENANT, first.endpointId)).toEqual(first);
    expect(await store.endpoints.find("umbrella", first.endpointId)).toBeNull();
  });

  it("are at most twenty, however many are asked for at once", async () => {
    const made = await Promise.allSettled(
      Array.from({ length: MAX_ENDPOINTS + 5 }, () => store.addEndpoint()),
    );

    expect(made.filter(({ status }) => status === "rejected")).toHaveLength(5);
    expect(await store.endpoints.list(TENANT)).toHaveLength(MAX_ENDPOINTS);
    await expect(store.addEndpoint()).rejects.toMatchObject({ code: "too_many_endpoints" });
  });

  it("are removed once, and only by their tenant", async () => {
    const { endpointId } = await store.addEndpoint();

    expect(await store.endpoints.remove("umbrella", endpointId)).toBe("missing");
    expect(await store.endpoints.remove(TENANT, endpointId)).toBe("removed");
    expect(await store.endpoints.remove(TENANT, endpointId)).toBe("missing");
    expect(await store.endpoints.list(TENANT)).toEqual([]);
  });
});
