import { expect } from "vitest";
import { type EscapeAttempt, noSecret, run, shell } from "./escape-attempt.ts";
import type { EscapeWorld } from "./escape-world.ts";

function reachedNothing(learned: string, world: EscapeWorld): void {
  noSecret(learned, world);
  expect(world.reached()).toBe(0);
}

const tcp = (host: string, port: number) =>
  `node -e 'require("net").connect({host:"${host}",port:${port},timeout:2000}).on("data",d=>{console.log(String(d));process.exit()}).on("error",e=>console.log(e.code)).on("timeout",()=>process.exit())'`;

const udp = (host: string, port: number, version: 4 | 6) =>
  `node -e 'const s=require("dgram").createSocket("udp${version}");s.on("error",e=>{console.log(e.code);process.exit()});s.send("out","${port}","${host}",e=>{console.log(e?.code??"sent");process.exit()})'`;

/** To the host, to other machines and to the cloud, past the proxy and through it. */
export const networkEscapes: readonly EscapeAttempt[] = [
  {
    name: "reaches a listener on every address of the host by TCP",
    attempt: async (world) => {
      const tried: string[] = [];
      for (const { host, port } of world.listeners) tried.push((await run(world.sandbox, tcp(host, port))).output);
      return tried.join("\n");
    },
    expectation: reachedNothing,
  },
  {
    name: "reaches a listener of the host through the proxy",
    attempt: async ({ sandbox, listeners }) => {
      const tried: string[] = [];
      for (const { host, port } of listeners) {
        const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
        tried.push(
          (
            await run(
              sandbox,
              `curl -sS --noproxy '' --max-time 5 '${url}'; curl -sS --noproxy '' -p --max-time 5 '${url}'`,
            )
          ).output,
        );
      }
      return tried.join("\n");
    },
    expectation: reachedNothing,
  },
  {
    name: "reaches it under the names of the loopback",
    attempt: shell(({ listeners: [first] }) =>
      ["localhost", "foo.localhost", "127.1", "2130706433", "0x7f.0.0.1", "0", "[::ffff:127.0.0.1]"]
        .map((name) => `curl -sS --noproxy '' --max-time 5 'http://${name}:${first?.port}/'`)
        .join("; "),
    ),
    expectation: reachedNothing,
  },
  {
    name: "connects directly by TCP and IPv6",
    attempt: shell(
      () => `${tcp("192.0.2.1", 443)}; ${tcp("2001:db8::1", 443)}; ls /sys/class/net >/dev/null; cat /proc/net/route`,
    ),
    expectation: (learned) => {
      expect(learned.match(/^E(NETUNREACH|HOSTUNREACH|PERM|ACCES)/gm)).toHaveLength(2);
      expect(learned).not.toMatch(/^(eth|ens|enp|wlan)/m);
    },
  },
  {
    name: "sends UDP, as a DNS tunnel would",
    attempt: shell(() => `${udp("192.0.2.1", 53, 4)}; ${udp("2001:db8::1", 53, 6)}`),
    expectation: (learned) => expect(learned).not.toMatch(/^sent$/m),
  },
  {
    name: "asks for the cloud's metadata",
    attempt: shell(
      () =>
        "curl -sS --max-time 5 http://169.254.169.254/latest/; curl -sS --noproxy '' --max-time 5 http://169.254.169.254/latest/ -o /dev/null -w '%{http_code}'",
    ),
    expectation: (learned) => expect(learned).not.toMatch(/200|ami-id/),
  },
];
