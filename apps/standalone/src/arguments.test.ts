import { expect, it } from "@jest/globals";
import { parseArguments } from "./arguments.ts";
import { LaunchError } from "./machine/launch-error.ts";

it("reads the port", () => {
  expect(parseArguments(["--port", "4000"])).toEqual({ help: false, port: "4000" });
});

it("leaves the port to the environment when it is not named", () => {
  expect(parseArguments([])).toEqual({ help: false, port: undefined });
});

it.each([[["--prot", "4000"]], [["4000"]], [["--port"]]])("refuses %j and shows what there is", (args) => {
  expect(() => parseArguments(args)).toThrow(LaunchError);
  expect(() => parseArguments(args)).toThrow("--port <number>");
});
