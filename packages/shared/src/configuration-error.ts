/** As EX_CONFIG of sysexits.h: no restart will help until a person changes what was configured. */
export const EXIT_BAD_CONFIGURATION = 78;

/** The message is for the person who set it: every fault, each on a line, without secrets. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(faults: readonly string[]) {
    super(["Invalid configuration:", ...faults.map((fault) => `  ${fault}`)].join("\n"));
  }
}
