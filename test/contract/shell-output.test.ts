import { describe, expect, test } from "vitest";
import { openIn, outputOf, providers, run, running, until } from "../support/kept-shells.ts";

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a kept shell in a sandbox of the ${provider.name} provider`, () => {
    const open = () => openIn(provider);

    test("tells of the output as it comes, in whole characters", async () => {
      await using at = await open();
      const heard: string[] = [];
      const { promise: first, resolve } = Promise.withResolvers<void>();
      const onOutput = (text: string) => {
        heard.push(text);
        resolve();
      };
      const whole = run(at.shell, `printf 'a\\342\\202'; ${until("go")}; printf '\\254b\\377'`, { onOutput });
      await first;
      expect(heard).toEqual(["a"]);
      await running(at.sandbox, "echo 1 >go");
      expect(await whole).toMatchObject({ output: "a€b\u{fffd}" });
      expect(heard.join("")).toBe("a€b\u{fffd}");
    });

    test("takes any bytes for output, also those that stand for its own protocol", async () => {
      await using at = await open();
      const bytes = await run(at.shell, "head -c 100000 /dev/urandom | tee file; exit_code=1");
      expect(bytes).toMatchObject({ exitCode: 0, replaced: false });
      expect(bytes.output).toBe((await at.sandbox.readFile(`${at.sandbox.workspace}/file`)).toString("utf8"));
      const forged = "set; declare -f; cat /proc/$$/cmdline; fc -l 2>&1; ps ww 2>&1; tr '\\0' '\\n' </proc/$$/environ";
      expect(await run(at.shell, `${forged}; echo last`)).toMatchObject({ output: /last\n$/, exitCode: 0 });
      expect(
        await run(at.shell, "for i in 1 2 3; do printf '%s\\n' 00112233445566778899aabbccddeeff\\ 0; done"),
      ).toMatchObject({ output: "00112233445566778899aabbccddeeff 0\n".repeat(3) });
    });

    test("keeps head and tail of a long output, and saves all of it where it can be read", async () => {
      await using at = await open();
      const result = await run(at.shell, "seq 1 300000; (exit 3)", { keepBytes: 1_000 });
      expect(result).toMatchObject({ exitCode: 3, replaced: false });
      expect(result.output).toMatch(/^1\n2\n[\d\n]*\n\[\.\.\. 1987895 bytes left out \.\.\.\]\n[\d\n]*\n300000\n$/);
      expect(result.output.length).toBeLessThan(1_100);
      expect(result.savedTo?.startsWith(`${at.sandbox.scratch}/`)).toBe(true);
      expect(await outputOf(at.shell, `seq 1 300000 | cmp - ${result.savedTo} && echo same`)).toBe("same\n");
      expect(await run(at.shell, "head -c 1000 /dev/zero", { keepBytes: 1_000 })).toMatchObject({ savedTo: undefined });
    });

    test("keeps a few saved outputs only", async () => {
      await using at = await open();
      const results = [];
      for (let n = 0; n < 10; n += 1) results.push(await run(at.shell, `seq ${n} 100`, { keepBytes: 100 }));
      const files = (await outputOf(at.shell, `ls ${at.sandbox.scratch}/*`)).trim().split("\n");
      expect(files.toSorted()).toEqual(
        results
          .slice(-8)
          .map(({ savedTo }) => savedTo)
          .toSorted(),
      );
    });

    test("bears an output without end: neither memory nor disk is filled", async () => {
      await using at = await open();
      let heard = 0;
      const before = process.memoryUsage().rss;
      const onOutput = (text: string) => {
        heard += text.length;
      };
      const result = await run(at.shell, "yes", { timeoutMs: 4_000, onOutput });
      expect(result).toMatchObject({ exitCode: null, timedOut: true, replaced: true });
      expect(result.output.length).toBeLessThan(1_001_000);
      expect(heard).toBeGreaterThan(50_000_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
      expect((await outputOf(at.shell, `wc -c <${result.savedTo}`)).trim()).toBe("50000000");
      expect(await run(at.shell, "yes & echo on")).toMatchObject({ exitCode: 0, timedOut: false });
      expect(await run(at.shell, "kill %1 || kill $!; echo well")).toMatchObject({
        output: /well\n$/,
        timedOut: false,
      });
    });

    test("goes on where a program has left the output in another mode", async () => {
      await using at = await open();
      const line = `node -e 'process.stdout.write("x".repeat(3000000))'; echo; node -e 'console.log(1)'`;
      for (let n = 0; n < 3; n += 1)
        expect(await run(at.shell, line)).toMatchObject({ exitCode: 0, output: /x\n1\n$/ });
    });
  });
}
