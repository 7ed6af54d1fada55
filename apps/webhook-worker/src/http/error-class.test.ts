import { AppError } from "@herald/shared/errors";
import { describe, expect, it } from "@jest/globals";
import { AttemptEnded } from "./attempt-deadline.ts";
import { classifyError } from "./error-class.ts";

const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });

describe("classifyError", () => {
  it.each([
    [new AppError("blocked_address", ""), "blocked_address"],
    [new AppError("invalid_webhook_url", ""), "invalid_url"],
    [coded("ENOTFOUND", { syscall: "getaddrinfo" }), "dns"],
    [coded("ETIMEOUT", { syscall: "getaddrinfo" }), "dns"],
    [coded("ECONNREFUSED", { syscall: "connect" }), "connect"],
    [Object.assign(new AggregateError([]), { code: "EHOSTUNREACH" }), "connect"],
    [coded("CERT_HAS_EXPIRED"), "tls"],
    [coded("ERR_TLS_CERT_ALTNAME_INVALID"), "tls"],
    [coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "tls"],
    [coded("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), "tls"],
    [coded("UND_ERR_CONNECT_TIMEOUT"), "timeout"],
    [new AttemptEnded("timeout"), "timeout"],
    [new AttemptEnded("aborted"), "aborted"],
    [coded("ECONNRESET"), "reset"],
    [coded("UND_ERR_SOCKET"), "reset"],
    [coded("HPE_INVALID_CONSTANT"), "invalid_response"],
    [coded("UND_ERR_HEADERS_OVERFLOW"), "invalid_response"],
    [coded("UND_ERR_INVALID_ARG"), "other"],
    [new TypeError("a mistake of ours"), "other"],
    ["not even an error", "other"],
  ])("%s is %s", (error, errorClass) => {
    expect(classifyError(error)).toBe(errorClass);
  });
});
