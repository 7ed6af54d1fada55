import { verifyWebhook } from "@herald/client";
import { Webhook } from "standardwebhooks";
import type { JobView } from "./client.ts";
import type { ReceivedRequest } from "./receiver.ts";

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly job: JobView;
}

type Verify = (body: Buffer, headers: Record<string, string>, secret: string) => void;

const FIRST_NODE_OF_SVIX = 22;
const nodeVersion = Number(process.versions.node.split(".")[0]);
if (nodeVersion < FIRST_NODE_OF_SVIX) {
  process.stderr.write(
    `svix verifies nothing here: it needs Node ${FIRST_NODE_OF_SVIX}, and this is ${nodeVersion}\n`,
  );
}
const svix = nodeVersion < FIRST_NODE_OF_SVIX ? null : await import("svix");

/** All that receivers may verify with. */
const verifiers: readonly Verify[] = [
  (body, headers, secret) => new Webhook(secret).verify(body, headers),
  (body, headers, secret) => verifyWebhook(body, headers, secret),
  (body, headers, secret) => verifyWebhook(body, headers, secret, { form: "simple" }),
  ...(svix === null
    ? []
    : [
        (body: Buffer, headers: Record<string, string>, secret: string) => {
          new svix.Webhook(secret).verify(body, headers);
        },
      ]),
];

/** Verifies as receivers would, with each library that there is; throws when the signature does not hold for one of them. */
export function verifyEvent({ body, headers: given }: ReceivedRequest, secret: string): ReceivedEvent {
  const headers = given as Record<string, string>;
  for (const verify of verifiers) verify(body, headers, secret);
  const event = JSON.parse(body.toString()) as { type: string; data: JobView };
  return { id: headers["webhook-id"] ?? "", type: event.type, job: event.data };
}

/** Whether it verifies with that secret: for all of them or for none. */
export function isVerifiedBy({ body, headers }: ReceivedRequest, secret: string): boolean {
  const verdicts = verifiers.map((verify) => {
    try {
      verify(body, headers as Record<string, string>, secret);
      return true;
    } catch {
      return false;
    }
  });
  if (new Set(verdicts).size > 1) throw new Error(`the verifiers disagree: ${verdicts.join(", ")}`);
  return verdicts[0] ?? false;
}
