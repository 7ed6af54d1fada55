import { describe, expect, it } from "@jest/globals";
import { parseArguments } from "./arguments.ts";

const FAULTS = ["kill-api", "kill-redis"];

describe("the fault suite's arguments", () => {
  it("repeat what a failing run printed", () => {
    const argv = ["--seed", "7", "--jobs", "60", "--kills", "5", "--fault", "kill-redis"];

    expect(parseArguments(argv, FAULTS)).toEqual({
      seed: 7,
      jobs: 60,
      kills: 5,
      fault: "kill-redis",
      report: null,
    });
  });

  it.each([
    [["--seed", "soon"], "--seed: soon"],
    [["--jobs", "0"], "--jobs: 0"],
    [["--kills", "1.5"], "--kills: 1.5"],
    [["--fault", "flood"], "--fault: there is no flood; there are kill-api, kill-redis"],
    [["--sed", "7"], "--sed"],
  ])("%j are refused by name", (argv, message) => {
    expect(() => parseArguments(argv, FAULTS)).toThrow(message);
  });
});
