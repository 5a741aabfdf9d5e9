# The gateway as an image: Node.js, dist/ and the production packages, run by nobody's account.
# docs/operations.md shows how to run it.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/console.ts scripts/
COPY scripts/packaging scripts/packaging
COPY src src
COPY sandbox sandbox
RUN npm run build
# Every stage has the same base, so this finds what the image has.
RUN node scripts/packaging/image-sbom.ts sbom.cdx.json
RUN mkdir data

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app ./
COPY --from=build /app/dist dist
COPY --from=build /app/sbom.cdx.json ./
COPY LICENSE ./

# The only folder that is written to. The store is where the configuration says, and not in the
# environment, which would win over it.
COPY --from=build --chown=1000:1000 /app/data /data
VOLUME /data
ENV EWS_GATEWAY_MASTER_KEY__FILE=/data/master.key
ENV EWS_GATEWAY_AUDIT__JOURNAL=/data/audit

# Open to other machines, so that tls or tlsTerminatedBy must be configured.
ENV EWS_GATEWAY_LISTEN__DATA=0.0.0.0:8080
ENV EWS_GATEWAY_LISTEN__CONTROL=0.0.0.0:8081
ENV EWS_GATEWAY_LISTEN__OPS=0.0.0.0:8082
EXPOSE 8080 8081 8082

USER 1000:1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD node -e "import('./dist/telemetry/probe.js').then(async ({ probe }) => process.exit(await probe('http://127.0.0.1:' + process.env.EWS_GATEWAY_LISTEN__OPS.split(':').pop() + '/readyz')))"

# Its first line passes flags to Node.js.
ENTRYPOINT ["/app/dist/main.js"]
CMD ["serve", "--config", "/etc/ews-gateway/gateway.yaml"]
