import { AttemptEnded } from "./attempt-deadline.ts";

/** Why an attempt got no answer, for the log and the metrics. A tenant is told less: see tenant-class.ts. */
export type ErrorClass =
  | "blocked_address"
  | "invalid_url"
  | "dns"
  | "connect"
  | "tls"
  | "timeout"
  | "reset"
  | "invalid_response"
  | "aborted"
  | "other";

const CLASS_BY_CODE: readonly (readonly [RegExp, ErrorClass])[] = [
  [/^blocked_address$/, "blocked_address"],
  [/^invalid_webhook_url$/, "invalid_url"],
  [/^UND_ERR_CONNECT_TIMEOUT$/, "timeout"],
  [
    // UND_ERR_ABORTED: a proxy that refuses the tunnel.
    /^(UND_ERR_ABORTED|ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT|EACCES|EPERM)$/,
    "connect",
  ],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/, "reset"],
  // OpenSSL's verdicts on certificates have names of their own, without a common beginning.
  [
    /^(EPROTO|ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_(CA|PURPOSE)|PATH_LENGTH_)/,
    "tls",
  ],
  [/^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|UND_ERR_RESPONSE)/, "invalid_response"],
];

export function classifyError(error: unknown): ErrorClass {
  if (error instanceof AttemptEnded) {
    return error.errorClass;
  }
  const { code, name, syscall } = error as NodeJS.ErrnoException;
  // undici 7.30 gives most of its parser's complaints no code.
  if (name === "HTTPParserError") {
    return "invalid_response";
  }
  if (syscall?.startsWith("getaddrinfo") === true) {
    return "dns";
  }
  return CLASS_BY_CODE.find(([pattern]) => pattern.test(String(code)))?.[1] ?? "other";
}
