# Two targets of one file: `sandbox` is the machine a run works in, `app` is Nightshift itself.
#   docker build --target sandbox -t nightshift-sandbox .
#   docker build --target app -t nightshift .
# BASE_IMAGE is any Debian with Node 24 and npm; what else is needed is installed only where it is missing.
ARG BASE_IMAGE=node:24-bookworm-slim

FROM ${BASE_IMAGE} AS sandbox
RUN set -eu; missing=""; \
    for package in ca-certificates curl git make patch procps python3 python3-pip python3-venv ripgrep unzip xz-utils; do \
      dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"; \
    done; \
    if [ -n "$missing" ]; then \
      apt-get update; \
      apt-get install -y --no-install-recommends $missing; \
      rm -rf /var/lib/apt/lists/*; \
    fi; \
    node --version; npm --version
# Node's own images have a user `node` with the uid that ours takes.
RUN set -eu; \
    if getent passwd 1000 >/dev/null; then userdel "$(getent passwd 1000 | cut -d: -f1)"; fi; \
    if getent group 1000 >/dev/null; then groupdel "$(getent group 1000 | cut -d: -f1)"; fi; \
    groupadd --gid 1000 sandbox; \
    useradd --uid 1000 --gid 1000 --create-home --shell /bin/bash sandbox; \
    install -d -o sandbox -g sandbox /workspace /scratch
USER sandbox
WORKDIR /workspace

FROM ${BASE_IMAGE} AS app
RUN set -eu; missing=""; \
    for package in ca-certificates git; do dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"; done; \
    if [ -n "$missing" ]; then \
      apt-get update; \
      apt-get install -y --no-install-recommends $missing; \
      rm -rf /var/lib/apt/lists/*; \
    fi; \
    getent passwd 1000 >/dev/null || useradd --uid 1000 --create-home --shell /bin/bash nightshift
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force
COPY app.yml ./
COPY migrations migrations
COPY prompts prompts
COPY src src
# In a container, listening to itself alone would reach nobody.
ENV NODE_ENV=production HOST=0.0.0.0
USER 1000
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Settings and data are looked for in the working folder, which may be another one.
CMD ["node", "/app/src/main.ts", "start"]
