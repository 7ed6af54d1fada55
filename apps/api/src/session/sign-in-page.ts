import { createHash } from "node:crypto";
import type { Response } from "express";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f4f5f7, #151a21); }
main { width: min(26rem, calc(100vw - 4rem)); padding: 2rem; border-radius: .5rem; background: light-dark(#fff, #1d242d); }
h1 { margin: 0 0 1rem; font-size: 1.25rem; }
label, p { display: block; margin: 0 0 .5rem; }
input, button { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; border-radius: .25rem; border: 1px solid #7c8a9e; }
button { margin-top: 1rem; border: 0; background: #1f5fbf; color: #fff; cursor: pointer; }
:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
[role=alert] { color: light-dark(#a4161a, #ff8a8a); font-weight: 600; }
`;

/** No script at all, and the one style that has this hash. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src data:", // The empty icon, without which browsers would ask for one.
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface Complaint {
  readonly status: number;
  readonly sentence: string;
}

/** `complaint` is one of ours: nothing that anybody sent is in the page. */
export function sendSignInPage(res: Response, basePath: string, complaint?: Complaint): void {
  const alert = complaint === undefined ? "" : `<p id="complaint" role="alert">${complaint.sentence}</p>`;
  const described = complaint === undefined ? "" : ' aria-invalid="true" aria-describedby="complaint"';
  sendPage(res, complaint?.status ?? 200, {
    title: "Sign in",
    body: `<form method="post" action="${basePath}/sign-in">
<label for="key">API key of a viewer, an operator or an admin</label>
<input id="key" name="key" type="password" autocomplete="current-password" spellcheck="false" required autofocus${described}>
${alert}<button type="submit">Sign in</button>
</form>`,
  });
}

export function sendSignOutPage(res: Response, basePath: string): void {
  sendPage(res, 200, {
    title: "Sign out",
    body: `<form method="post" action="${basePath}/sign-out"><button type="submit">Sign out</button></form>
<p><a href="${basePath}/">Back to the queues</a></p>`,
  });
}

function sendPage(res: Response, status: number, { title, body }: { title: string; body: string }): void {
  res.status(status).set("content-security-policy", POLICY).type("html").send(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Herald queues</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Herald queues</h1>
${body}
</main>
</body>
</html>
`);
}
