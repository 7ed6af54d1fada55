/** What holds between folders. Tests are left out: they may reach for what they need, from wherever it is. */
const { options } = require("./.dependency-cruiser.cjs");

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circular-folders",
      comment: "Of two folders one lies below the other, or they are one room.",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    ...options,
    exclude: { path: `${options.exclude.path}|\\.(test|contract)\\.ts$|/testing/` },
  },
};
