import ejs from "ejs";

type Done = (error: Error | null, html?: string) => void;

/** Fonts from another host: they would tell it who looks at the board, and are not to be had behind a firewall. */
const FOREIGN_LINKS = /<link\b[^>]*\bhref="https?:\/\/[^>]*>/g;
/** The spinner that shows until the script runs. It alone would need a policy that allows inline styles. */
const INLINE_STYLES = /<style\b[^>]*>[^]*?<\/style>|\sstyle="[^"]*"/g;

/** Express's engine for the board's one page, which is made to fit a strict content security policy. */
export function renderPage(path: string, options: object, done: Done): void {
  ejs
    .renderFile(path, options as Record<string, unknown>)
    .then((html) => {
      done(null, html.replace(FOREIGN_LINKS, "").replace(INLINE_STYLES, ""));
    })
    .catch(done);
}
