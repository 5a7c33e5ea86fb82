type Environment = Readonly<Record<string, string | undefined>>;

/** As curl, the lower-case name wins. */
const variable = (environment: Environment, name: string): string =>
  environment[name.toLowerCase()] || environment[name.toUpperCase()] || "";

function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const itsPort = port || (protocol === "https:" ? "443" : "80");
  return noProxy
    .split(/[,\s]+/)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, onlyPort = itsPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
      const suffix = name.replace(/^\*?\./, "").toLowerCase();
      return onlyPort === itsPort && (hostname === suffix || hostname.endsWith(`.${suffix}`));
    });
}

/** The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for an origin. */
export function proxyFor(origin: string, environment: Environment): string | undefined {
  const url = new URL(origin);
  const proxy = variable(environment, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === "" || isExempt(url, variable(environment, "NO_PROXY"))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}
