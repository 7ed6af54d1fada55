import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A service of docker-compose.yml, as far as tests look at it. */
export interface ComposeService {
  readonly image: string;
  readonly build?: string;
  readonly environment: Readonly<Record<string, string | null>>;
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly mem_limit?: string;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
  readonly container_name?: string;
}

export function readComposeServices(): Readonly<Record<string, ComposeService>> {
  const text = readFileSync("docker-compose.yml", "utf8");
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
}
