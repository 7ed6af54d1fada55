import { describe, expect, it } from "@jest/globals";
import { newJobId } from "../jobs/ids.ts";
import {
  deliveryIdOf,
  endpointIdOfUrl,
  eventIdOf,
  isDeliveryId,
  isEndpointId,
  newEndpointId,
} from "./webhook-ids.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

describe("a delivery's id", () => {
  const eventId = eventIdOf(newJobId(NOW));

  it("is the event's for the job's own URL, and names the endpoint otherwise", () => {
    const endpointId = newEndpointId(NOW);

    expect(deliveryIdOf(eventId, endpointIdOfUrl("https://a.example/"))).toBe(eventId);
    expect(deliveryIdOf(eventId, endpointId)).toBe(`${eventId}.${endpointId}`);
  });

  it("is told from just any text", () => {
    const genuine = [eventId, deliveryIdOf(eventId, newEndpointId(NOW))];
    const others = [
      "",
      "evt_1",
      `${eventId}.`,
      `${eventId}.we_1`,
      `${eventId}.${eventId}`,
      `${genuine[1]}.x`,
    ];

    expect(genuine.map(isDeliveryId)).toEqual([true, true]);
    expect(others.filter(isDeliveryId)).toEqual([]);
  });
});

describe("the endpoint that a URL stands for", () => {
  it("is the same for whatever query follows", () => {
    expect(endpointIdOfUrl("https://a.example/hook?job=1")).toBe(
      endpointIdOfUrl("https://a.example/hook?job=2"),
    );
  });

  it("is another one for another scheme, host, port or path, and is no resource", () => {
    const urls = [
      "https://a.example/",
      "http://a.example/",
      "https://b.example/",
      "https://a.example:8443/",
      "https://a.example/b",
    ];
    const ids = urls.map(endpointIdOfUrl);

    expect(new Set(ids).size).toBe(urls.length);
    expect(ids.filter(isEndpointId)).toEqual([]);
  });
});
