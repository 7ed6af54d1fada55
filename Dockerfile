# One image for every process of Herald: `docker run herald api`, `docker run herald synthesis-worker`, and so on.
# docs/deployment.md tells what is in it and why.
ARG NODE_IMAGE=node:26.13.0-bookworm-slim

# The package manifests alone, wherever they lie: an installation is repeated only when one of them changes.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

# What runs: production dependencies, and of Herald itself what the compiler wrote. `npm start` and the package for
# receivers have no place in a container.
FROM ${NODE_IMAGE} AS app
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --ignore-scripts
COPY --from=build /build/apps apps
COPY --from=build /build/packages packages
RUN rm -rf apps/standalone packages/client node_modules/@herald/standalone node_modules/@herald/client node_modules/.package-lock.json .npmrc package-lock.json \
 && find apps packages -depth \( -name src -o -name node_modules -prune \) -type d -exec rm -rf {} + \
 && find apps packages -type f ! -name package.json ! -name '*.js' -delete \
 && find apps packages -type d -empty -delete
COPY LICENSE ./
COPY deploy/image ./

FROM ${NODE_IMAGE}
# tini is process 1: it passes signals on and reaps what an engine process or a health check leaves behind.
# npm, and whatever else the base brings for building, has no use in a container that only runs.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log \
    /usr/local/lib/node_modules /usr/local/include/node /usr/local/bin/npm /usr/local/bin/npx \
    /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && install --directory --owner=1000 --group=1000 --mode=0750 /var/lib/herald /var/lib/herald/audio /var/lib/herald/scratch
COPY --from=app /app /app

ARG HERALD_VERSION=0.1.0
ARG HERALD_REVISION=unknown
LABEL org.opencontainers.image.title="Herald" \
      org.opencontainers.image.description="Distributed text-to-speech jobs with signed webhooks" \
      org.opencontainers.image.version="${HERALD_VERSION}" \
      org.opencontainers.image.revision="${HERALD_REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later"

# Loopback inside a container is reached by nobody: what is open is decided by what is published.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 HEALTH_PORT=3001
WORKDIR /app
USER 1000:1000
EXPOSE 3000 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/probe.mjs"]
ENTRYPOINT ["tini", "--", "/app/entrypoint.sh"]
